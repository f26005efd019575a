using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace Pmilter.Protocol.Transports.Epoll;

/// <summary>Accepts connections of a listening socket in a loop's thread, one at a time. The socket stays its owner's.</summary>
public sealed class EpollAcceptor : IEpollClient, IValueTaskSource<Socket>
{
    private readonly Socket _listener;
    private readonly EpollLoop _loop;
    private readonly int _descriptor;
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<Socket> _accepted;
    private CancellationTokenRegistration _cancellation;
    private bool _isWaiting;
    private bool _isArmed;
    private bool _isKnown;

    /// <exception cref="IOException">The loop cannot wait for the socket.</exception>
    public EpollAcceptor(Socket listener, EpollLoop loop)
    {
        ArgumentNullException.ThrowIfNull(listener);
        ArgumentNullException.ThrowIfNull(loop);
        _listener = listener;
        _loop = loop;
        _descriptor = (int)listener.Handle;
        listener.Blocking = false;
        loop.Add(_descriptor, this, 0);
        _isKnown = true;
    }

    /// <summary>The next connection. It is accepted when it is there: until then nothing is tried.</summary>
    /// <exception cref="SocketException">No descriptors are left, or the connection has gone.</exception>
    public ValueTask<Socket> AcceptAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            _accepted.Reset();
            _isWaiting = true;
            if (!_isKnown)
            {
                _isKnown = true;
                _isArmed = true;
                _loop.Add(_descriptor, this, EpollCalls.Readable);
            }
            else if (!_isArmed)
            {
                _isArmed = true;
                _loop.Change(_descriptor, EpollCalls.Readable);
            }
        }

        _cancellation = cancellationToken.UnsafeRegister(static (state, token) => ((EpollAcceptor)state!).Cancel(token), this);
        return new ValueTask<Socket>(this, _accepted.Version);
    }

    /// <summary>
    /// The socket is not waited for until the next <see cref="AcceptAsync"/>; before it is closed, too: where another process has it open, epoll would
    /// go on telling of it here.
    /// </summary>
    public void Rest()
    {
        lock (_gate)
        {
            if (_isKnown)
            {
                _isKnown = false;
                _isArmed = false;
                _loop.Remove(_descriptor, this);
            }
        }
    }

    void IEpollClient.Ready(uint events)
    {
        Socket connection;
        lock (_gate)
        {
            if (!_isWaiting)
            {
                // Nobody wants one now (server.max_connections): the connection stays in the backlog. At the end nobody waits for the socket already.
                _isArmed = false;
                _loop.ChangeIfOpen(_descriptor, 0);
                return;
            }

            _isWaiting = false;
        }

        try
        {
            connection = _listener.Accept();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            _accepted.SetException(e);
            return;
        }

        _accepted.SetResult(connection);
    }

    void IEpollClient.Again()
    {
        // It never asks for another turn.
    }

    Socket IValueTaskSource<Socket>.GetResult(short token)
    {
        _cancellation.Unregister();
        _cancellation = default;
        return _accepted.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<Socket>.GetStatus(short token) => _accepted.GetStatus(token);

    void IValueTaskSource<Socket>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _accepted.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken token)
    {
        lock (_gate)
        {
            if (!_isWaiting)
            {
                return;
            }

            _isWaiting = false;
        }

        _accepted.SetException(new OperationCanceledException(token));
    }
}
