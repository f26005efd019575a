using System.Net.Sockets;
using Pmilter.Protocol.Transports;
using Pmilter.Protocol.Transports.Epoll;

namespace Pmilter.Server;

/// <summary>
/// The threads that sessions run in: with epoll one a processor, each connection staying with one of them; elsewhere the base library's sockets.
/// Nothing in a session blocks: rules are computed, and what must be waited for is awaited.
/// </summary>
internal sealed class SessionLoops : IDisposable
{
    private readonly EpollLoop[] _loops;
    private uint _last;

    /// <param name="count">Threads, at least 1; as many as processors by default.</param>
    public SessionLoops(int? count = null) => _loops = EpollLoop.IsSupported
        ? [.. Enumerable.Range(1, count ?? Environment.ProcessorCount).Select(n => new EpollLoop($"Sessions {n}"))]
        : [];

    /// <summary>How connections of a listening socket are accepted, and how that pauses.</summary>
    public (Func<CancellationToken, ValueTask<Socket>> Accept, Action Pause) Acceptor(Socket listener)
    {
        if (_loops.Length == 0)
        {
            return (listener.AcceptAsync, static () => { });
        }

        var acceptor = new EpollAcceptor(listener, Next());
        return (acceptor.AcceptAsync, acceptor.Rest);
    }

    /// <summary>The connection in the loop whose turn it is; owns the socket.</summary>
    public ITransport Open(Socket connection) => _loops.Length == 0 ? new SocketTransport(connection) : new EpollTransport(connection, Next());

    /// <summary>What does not work while it should; empty when all does. For the watchdog.</summary>
    public async Task<string> FaultAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(_loops.Select(loop => loop.AnswersAsync(patience, time, cancellationToken))).ConfigureAwait(false);
        return answers.All(answer => answer) ? string.Empty : "A thread of sessions is blocked";
    }

    public void Dispose()
    {
        foreach (var loop in _loops)
        {
            loop.Dispose();
        }
    }

    private EpollLoop Next() => _loops[Interlocked.Increment(ref _last) % (uint)_loops.Length];
}
