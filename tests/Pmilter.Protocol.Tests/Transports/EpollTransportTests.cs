using System.Net;
using System.Net.Sockets;
using Pmilter.Protocol.Transports.Epoll;

namespace Pmilter.Protocol.Tests.Transports;

public sealed class EpollTransportTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly EpollLoop _loop = new("test");
    private readonly List<Socket> _peers = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("pmilter-epoll-").FullName;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Read_BytesAndEndAtOnce_GivesBoth(bool isUnix)
    {
        var (peer, transport) = await PairAsync(isUnix);
        var buffer = new byte[100];
        var waiting = transport.ReadAsync(buffer, CancellationToken.None);
        peer.Send("hello"u8);
        Assert.Equal(5, await Soon(waiting));

        peer.Send("world"u8);
        peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(5, await Soon(transport.ReadAsync(buffer, CancellationToken.None)));
        Assert.Equal("world", System.Text.Encoding.ASCII.GetString(buffer, 0, 5));
        Assert.Equal(0, await Soon(transport.ReadAsync(buffer, CancellationToken.None)));
        Assert.Equal(0, await Soon(transport.ReadAsync(buffer, CancellationToken.None)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Write_MoreThanThePeerTakes_WaitsAndLosesNothing(bool isUnix)
    {
        var (peer, transport) = await PairAsync(isUnix);
        var sent = new byte[8_000_000];
        new Random(7).NextBytes(sent);
        var writing = transport.WriteAsync(sent, CancellationToken.None).AsTask();
        Assert.False(writing.IsCompleted);

        // A read goes on meanwhile.
        var reading = transport.ReadAsync(new byte[10], CancellationToken.None);
        peer.Send("x"u8);
        Assert.Equal(1, await Soon(reading));

        var received = new byte[sent.Length];
        await Task.Run(() =>
        {
            for (var n = 0; n < received.Length;)
            {
                n += peer.Receive(received.AsSpan(n));
            }
        }).WaitAsync(Patience);
        await writing.WaitAsync(Patience);
        Assert.Equal(sent, received);
    }

    [Fact]
    public async Task Read_SmallBuffersOfMuch_OthersOfTheLoopHaveTheirTurn()
    {
        var (busyPeer, busy) = await PairAsync(isUnix: true);
        var (otherPeer, other) = await PairAsync(isUnix: true);
        var order = new List<string>();
        async Task OtherAsync()
        {
            await other.ReadAsync(new byte[1], CancellationToken.None);
            order.Add("other");
        }

        async Task BusyAsync()
        {
            // The first one waits: from then on this runs in the loop's thread.
            for (var n = 0; n < 50_000; n++)
            {
                await busy.ReadAsync(new byte[1], CancellationToken.None);
                if (n == 1000)
                {
                    otherPeer.Send("x"u8);
                }
            }

            order.Add("busy");
        }

        // In a thread of the pool, whose context does not take them back from the loop's.
        var reads = await Task.Run(() => new[] { OtherAsync(), BusyAsync() });
        busyPeer.Send(new byte[50_000]);
        await Task.WhenAll(reads).WaitAsync(Patience);
        Assert.Equal(["other", "busy"], order);
    }

    [Fact]
    public async Task Answers_AThreadThatIsBlocked_DoesNot()
    {
        var (peer, transport) = await PairAsync(isUnix: true);
        using var entered = new SemaphoreSlim(0);
        using var leave = new ManualResetEventSlim();
        async Task BlockAsync()
        {
            await transport.ReadAsync(new byte[1], CancellationToken.None);
            entered.Release();
            leave.Wait(Patience);
        }

        Assert.True(await _loop.AnswersAsync(Patience, TimeProvider.System, CancellationToken.None));
        var blocking = (await Task.Run(() => new[] { BlockAsync() }))[0];
        peer.Send("x"u8);
        Assert.True(await entered.WaitAsync(Patience));
        Assert.False(await _loop.AnswersAsync(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None));

        leave.Set();
        await blocking.WaitAsync(Patience);
        Assert.True(await _loop.AnswersAsync(Patience, TimeProvider.System, CancellationToken.None));
    }

    [Fact]
    public async Task Read_Cancelled_EndsAndTheNextOneReads()
    {
        var (peer, transport) = await PairAsync(isUnix: true);
        using var stop = new CancellationTokenSource();
        var waiting = transport.ReadAsync(new byte[10], stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Patience));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await transport.ReadAsync(new byte[10], stop.Token));

        peer.Send("x"u8);
        Assert.Equal(1, await Soon(transport.ReadAsync(new byte[10], CancellationToken.None)));
    }

    [Fact]
    public async Task Dispose_WhileReading_EndsTheRead()
    {
        var (_, transport) = await PairAsync(isUnix: false);
        var waiting = transport.ReadAsync(new byte[10], CancellationToken.None).AsTask();
        await transport.DisposeAsync();
        await transport.DisposeAsync();
        await Assert.ThrowsAsync<IOException>(() => waiting.WaitAsync(Patience));
        await Assert.ThrowsAsync<IOException>(async () => await transport.WriteAsync("x"u8.ToArray(), CancellationToken.None));
    }

    [Fact]
    public async Task Write_PeerGone_SaysSo()
    {
        var (peer, transport) = await PairAsync(isUnix: true);
        peer.Dispose();
        var error = await Assert.ThrowsAsync<IOException>(async () => await transport.WriteAsync("x"u8.ToArray(), CancellationToken.None));
        Assert.Equal("Broken pipe", error.Message);
    }

    [Fact]
    public async Task Accept_NobodyWantsOne_StaysInTheBacklogUntilWanted()
    {
        using var listener = Listener(isUnix: true);
        var acceptor = new EpollAcceptor(listener, _loop);
        var early = acceptor.AcceptAsync(CancellationToken.None);
        using var first = Dial(listener);
        using var acceptedFirst = await Soon(early);
        using var second = Dial(listener);
        using var third = Dial(listener);
        second.Send("2"u8);
        using var acceptedSecond = await Soon(acceptor.AcceptAsync(CancellationToken.None));
        var bytes = new byte[1];
        Assert.Equal(1, acceptedSecond.Receive(bytes));
        Assert.Equal((byte)'2', bytes[0]);

        using var stop = new CancellationTokenSource();
        using var acceptedThird = await Soon(acceptor.AcceptAsync(stop.Token));
        var never = acceptor.AcceptAsync(stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => never.WaitAsync(Patience));
    }

    [Fact]
    public async Task Accept_AfterARest_FindsWhoCameMeanwhile()
    {
        using var listener = Listener(isUnix: true);
        var acceptor = new EpollAcceptor(listener, _loop);
        using var stop = new CancellationTokenSource();
        var given = acceptor.AcceptAsync(stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given.WaitAsync(Patience));

        acceptor.Rest();
        acceptor.Rest();
        using var first = Dial(listener);
        first.Send("1"u8);

        using var accepted = await Soon(acceptor.AcceptAsync(CancellationToken.None));
        var bytes = new byte[1];
        Assert.Equal(1, accepted.Receive(bytes));
        Assert.Equal((byte)'1', bytes[0]);
    }

    public void Dispose()
    {
        foreach (var peer in _peers)
        {
            peer.Dispose();
        }

        _loop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<T> Soon<T>(ValueTask<T> task) => await task.AsTask().WaitAsync(Patience);

    private static Socket Dial(Socket listener)
    {
        var end = listener.LocalEndPoint!;
        var socket = new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(end);
        return socket;
    }

    private async Task<(Socket Peer, EpollTransport Transport)> PairAsync(bool isUnix)
    {
        using var listener = Listener(isUnix);
        var peer = Dial(listener);
        _peers.Add(peer);
        return (peer, new EpollTransport(await listener.AcceptAsync(), _loop));
    }

    private Socket Listener(bool isUnix)
    {
        EndPoint end = isUnix ? new UnixDomainSocketEndPoint(Path.Combine(_folder, $"{Guid.NewGuid():N}.sock")) : new IPEndPoint(IPAddress.Loopback, 0);
        var listener = new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(end);
        listener.Listen();
        return listener;
    }
}
