using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pmilter.Server;
using Pmilter.Service;
using Pmilter.Tests.Server;

namespace Pmilter.Tests.Service;

public sealed class WatchdogTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task Check_ThatPasses_IsToldAtOnceAndAtEveryHalf()
    {
        using var manager = new FakeManager(isAbstract: true);
        var time = new FakeTimeProvider();
        using var stop = new CancellationTokenSource();
        using var service = ServiceNotifier.Connect(manager.Address, time);
        var run = new Watchdog(Limit, service, time, NullLogger<Watchdog>.Instance).RunAsync((_, _) => Task.FromResult(string.Empty), stop.Token);

        for (var i = 0; i < 3; i++)
        {
            await manager.NextAsync("WATCHDOG=1");
            Assert.True(manager.IsEmpty);
            time.Advance(Limit / 2);
        }

        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task Check_ThatFails_IsSilenceAndOneLineUntilItPassesAgain()
    {
        using var manager = new FakeManager(isAbstract: true);
        var time = new FakeTimeProvider();
        using var stop = new CancellationTokenSource();
        using var service = ServiceNotifier.Connect(manager.Address, time);
        var log = new RecordedLog();
        var answers = new Queue<string>(["it hangs", "it hangs", string.Empty]);
        var looked = new SemaphoreSlim(0);
        var run = new Watchdog(Limit, service, time, log.CreateLogger<Watchdog>()).RunAsync(
            (_, _) =>
            {
                looked.Release();
                return Task.FromResult(answers.Dequeue());
            },
            stop.Token);

        await looked.WaitAsync();
        Assert.True(manager.IsEmpty);
        time.Advance(Limit / 2);
        await looked.WaitAsync();
        Assert.True(manager.IsEmpty);
        time.Advance(Limit / 2);
        await manager.NextAsync("WATCHDOG=1");

        Assert.Single(log.Lines, line => line.StartsWith("Critical: it hangs", StringComparison.Ordinal));
        await stop.CancelAsync();
        await run;
    }

    [Theory]
    [InlineData("inet:127.0.0.1:0")]
    [InlineData("inet:[::1]:0")]
    [InlineData("inet:*:0")]
    public async Task Listener_ThatServes_TakesTheProbeAndSaysNothingOfIt(string address)
    {
        await using var rig = await ServerRig.StartAsync(ServerRig.Options(address) with { Allow = [] });

        Assert.True(await rig.Listeners[0].IsAcceptingAsync(TimeSpan.FromSeconds(20), CancellationToken.None));
        Assert.DoesNotContain(rig.Log.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Listener_OnAUnixSocket_TakesTheProbe()
    {
        await using var rig = await ServerRig.StartAsync(ServerRig.Options($"unix:/tmp/pmilter-{Guid.NewGuid():N}.sock"));

        Assert.True(await rig.Listeners[0].IsAcceptingAsync(TimeSpan.FromSeconds(20), CancellationToken.None));
    }

    [Fact]
    public async Task Listener_WithoutAnAcceptLoop_FailsTheProbe()
    {
        var place = new ListenerPlace("mx", new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        using var slots = new ConnectionSlots(10);
        using var listener = new MilterListener(
            place, ListenerSocket.Open(place), new AllowedSources([], TimeProvider.System), slots, TimeProvider.System, NullLogger<MilterListener>.Instance);

        Assert.False(await listener.IsAcceptingAsync(Short, CancellationToken.None));
    }

    [Fact]
    public async Task Listener_ThatWaitsForAFreePlace_IsAlive()
    {
        await using var rig = await ServerRig.StartAsync(ServerRig.Options("inet:127.0.0.1:0") with { MaxConnections = 1 });
        await using var client = await rig.DialAsync();

        Assert.True(await rig.Listeners[0].IsAcceptingAsync(Short, CancellationToken.None));
    }
}
