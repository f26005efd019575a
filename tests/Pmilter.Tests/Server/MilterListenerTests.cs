using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Pmilter.Server;

namespace Pmilter.Tests.Server;

public sealed class MilterListenerTests
{
    [Fact]
    public async Task Accept_OutOfFiles_PausesAndWarnsOnce()
    {
        var time = new FakeTimeProvider();
        using var log = new RecordedLog();
        using var slots = new ConnectionSlots(1);
        using var stop = new CancellationTokenSource();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var attempts = 0;
        var options = new ListenerPlace("mx", new IPEndPoint(IPAddress.Loopback, 0));
        using var listener = new MilterListener(options, socket, new AllowedSources([], time), slots, time, new Logger<MilterListener>(log))
        {
            Accept = _ =>
            {
                Interlocked.Increment(ref attempts);
                throw new SocketException((int)SocketError.TooManyOpenSockets);
            },
        };

        var run = listener.RunAsync((_, _) => { }, stop.Token);
        await EventuallyAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(2));
            return Volatile.Read(ref attempts) >= 5;
        });

        await stop.CancelAsync();
        await run.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.False(slots.IsFull);
        Assert.Single(log.Lines, line => line.StartsWith("Warning: Listener mx cannot accept", StringComparison.Ordinal));
    }

    [Fact]
    public void WarningOfASource_ComesOnceAMinute()
    {
        var time = new FakeTimeProvider();
        var allowed = new AllowedSources([IPNetwork.Parse("10.0.0.0/8")], time);
        var stranger = new IPEndPoint(IPAddress.Parse("203.0.113.9"), 4321);

        Assert.False(allowed.Admits(stranger));
        Assert.True(allowed.IsWarningDue(stranger));
        Assert.False(allowed.IsWarningDue(stranger));
        Assert.True(allowed.IsWarningDue(new IPEndPoint(IPAddress.Parse("203.0.113.10"), 4321)));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(allowed.IsWarningDue(stranger));
    }

    [Fact]
    public void Source_MappedIntoIpv6_IsItsIpv4Address() =>
        Assert.True(new AllowedSources([IPNetwork.Parse("10.0.0.0/8")], TimeProvider.System).Admits(new IPEndPoint(IPAddress.Parse("::ffff:10.1.2.3"), 1)));

    [Fact]
    public async Task Delays_BeyondTheLimit_AreNotWaitedFor()
    {
        var time = new FakeTimeProvider();
        var gate = new DelayGate(1, time);
        var first = gate.WaitAsync(TimeSpan.FromSeconds(2), CancellationToken.None).AsTask();

        Assert.True(gate.WaitAsync(TimeSpan.FromSeconds(2), CancellationToken.None).AsTask().IsCompletedSuccessfully);
        Assert.False(first.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));
        await first.WaitAsync(TimeSpan.FromSeconds(20));
    }

    private static async Task EventuallyAsync(Func<bool> isTrue)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!isTrue())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
