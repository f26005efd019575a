using Microsoft.Extensions.Time.Testing;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Tests.Kit;
using Pmilter.Protocol.Transports;

namespace Pmilter.Protocol.Tests.Sessions;

/// <summary>A byte a second, or nothing read at all: on a clock of the test's own.</summary>
public sealed class SlowPeerTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RecordingObserver _observer = new();

    private SessionOptions Options => Serve.Options with { Clock = _time };

    [Fact]
    public async Task Writer_OfAByteASecond_IsServedToTheEnd()
    {
        var (mta, filter) = MemoryTransport.CreatePair();
        var handler = new ScriptedHandler();
        var session = Serve.RunAsync(filter, handler, _observer, Options);
        var input = Frames.Join(
            Frames.Offer(), Frames.Connect(), Frames.Of('H', "x\0"), Frames.Of('M', "<a@b>\0"), Frames.Of('R', "<c@d>\0"), Frames.Of('T'), Frames.Of('L', "A\0b\0"), Frames.Of('N'), Frames.Of('E'), Frames.Of('Q'));
        foreach (var one in input)
        {
            await mta.WriteAsync(new[] { one }, CancellationToken.None);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await session.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Empty(_observer.Warnings);
        Assert.Contains("EndOfMessage", handler.Calls);
    }

    [Fact]
    public async Task Writer_WhoStopsInsideAPacket_IsClosedAfterTheIdleTimeout()
    {
        var (mta, filter) = MemoryTransport.CreatePair();
        var handler = new ScriptedHandler();
        var session = Serve.RunAsync(filter, handler, _observer, Options);
        await mta.WriteAsync(Frames.Join(Frames.Offer(), Frames.Connect()).AsMemory()[..^3], CancellationToken.None);

        await AdvanceUntilDoneAsync(session);

        Assert.Contains("No command came for 7210 s", Assert.Single(_observer.Warnings), StringComparison.Ordinal);
        Assert.Equal(["Close"], handler.Calls);
    }

    [Fact]
    public async Task Reader_WhoTakesNoReply_IsClosedAfterTheIdleTimeout()
    {
        var transport = new Unread(Frames.Join(Frames.Offer(), Frames.Connect(), Frames.Of('M', "<a@b>\0")));
        var handler = new ScriptedHandler();
        var session = Serve.RunAsync(transport, handler, _observer, Options);

        await AdvanceUntilDoneAsync(session);

        Assert.Contains("No command came for 7210 s", Assert.Single(_observer.Warnings), StringComparison.Ordinal);
        Assert.True(transport.IsDisposed);
        Assert.Equal("Close", handler.Calls[^1]);
    }

    private async Task AdvanceUntilDoneAsync(Task session)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!session.IsCompleted)
        {
            Assert.False(patience.IsCancellationRequested, "The session goes on.");
            _time.Advance(TimeSpan.FromMinutes(30));
            await Task.Yield();
        }

        await session;
    }

    /// <summary>Its socket's buffer is full.</summary>
    private sealed class Unread(byte[] input) : ITransport
    {
        private bool _isRead;

        public bool IsDisposed { get; private set; }

        public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            if (_isRead)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            _isRead = true;
            input.CopyTo(buffer);
            return input.Length;
        }

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => await Task.Delay(Timeout.Infinite, cancellationToken);

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return default;
        }
    }
}
