using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;

namespace Pmilter.Protocol.Transports.Epoll;

/// <summary>
/// A connected stream socket, TCP or Unix, whose reads go on in a loop's thread. Owns the socket. One read and one write at a time.
/// </summary>
public sealed class EpollTransport : ITransport, IEpollClient, IValueTaskSource<int>
{
    private const uint Reading = EpollCalls.Readable | EpollCalls.PeerClosed | EpollCalls.EdgeTriggered;

    /// <summary>Reads that find bytes at once before the other sessions of the loop have their turn.</summary>
    private const int ReadsInTurn = 16;

    private readonly Socket _socket;
    private readonly int _descriptor;
    private readonly EpollLoop _loop;
    private readonly QuickAcknowledgement? _quick;
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<int> _read;
    private Memory<byte> _buffer;
    private CancellationTokenRegistration _cancellation;
    private TaskCompletionSource? _writable;
    private int _readsInTurn;
    private bool _isReadable;
    private bool _isPeerGone;
    private bool _isReading;
    private bool _isClosed;

    /// <exception cref="IOException">The loop cannot wait for the socket.</exception>
    public EpollTransport(Socket socket, EpollLoop loop)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(loop);
        _socket = socket;
        _loop = loop;
        _descriptor = (int)socket.Handle;
        _quick = QuickAcknowledgement.Of(socket);
        loop.Add(_descriptor, this, Reading);
    }

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _quick?.BeforeRead();
        lock (_gate)
        {
            if (_isReadable && _readsInTurn < ReadsInTurn && TryReceive(buffer.Span) is { } read)
            {
                _readsInTurn++;
                return new ValueTask<int>(Checked(read));
            }

            _read.Reset();
            _buffer = buffer;
            _isReading = true;
            if (_isReadable)
            {
                _loop.Later(this);
            }
        }

        _cancellation = cancellationToken.UnsafeRegister(static (state, token) => ((EpollTransport)state!).Cancel(token), this);
        return new ValueTask<int>(this, _read.Version);
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var sent = Send(bytes.Span);
        _quick?.Answered();
        return sent == bytes.Length ? default : WriteRestAsync(bytes[sent..], cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        var wasReading = false;
        lock (_gate)
        {
            if (_isClosed)
            {
                return default;
            }

            _isClosed = true;
            wasReading = _isReading;
            _isReading = false;
            _loop.Forget(_descriptor, this);
            _socket.Dispose();
            _writable?.TrySetResult();
        }

        if (wasReading)
        {
            _read.SetException(Closed());
        }

        return default;
    }

    void IEpollClient.Ready(uint events)
    {
        lock (_gate)
        {
            if ((events & EpollCalls.Writable) != 0)
            {
                _writable?.TrySetResult();
                _writable = null;
            }

            // An event of bytes and the end at once has no second one for the end.
            _isPeerGone |= (events & (EpollCalls.PeerClosed | EpollCalls.HungUp | EpollCalls.Error)) != 0;
            _isReadable |= (events & ~EpollCalls.Writable) != 0;
        }

        Again();
    }

    public void Again()
    {
        int read;
        lock (_gate)
        {
            if (!_isReading || _isClosed || TryReceive(_buffer.Span) is not { } received)
            {
                return;
            }

            read = received;
            _isReading = false;
            _readsInTurn = 0;
        }

        if (read >= 0)
        {
            _read.SetResult(read);
        }
        else
        {
            _read.SetException(Failure(-read));
        }
    }

    int IValueTaskSource<int>.GetResult(short token)
    {
        _cancellation.Unregister();
        _cancellation = default;
        _buffer = default;
        return _read.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _read.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _read.OnCompleted(continuation, state, token, flags);

    private static IOException Closed() => new("The connection was closed on this side.");

    private static IOException Failure(int error) => new(Marshal.GetPInvokeErrorMessage(error));

    private static int Checked(int read) => read >= 0 ? read : throw Failure(-read);

    /// <summary>Bytes, 0 at the end, a negated error; null when there is nothing to read now.</summary>
    private int? TryReceive(Span<byte> buffer)
    {
        if (_isClosed)
        {
            throw Closed();
        }

        while (true)
        {
            var read = EpollCalls.Receive(_descriptor, buffer);
            if (read >= 0)
            {
                // A stream that gives less than was asked for is empty, and tells when it no longer is (epoll(7)); one that has ended tells nothing more.
                _isReadable = read == buffer.Length || _isPeerGone;
                return read;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case EpollCalls.Interrupted:
                    continue;
                case EpollCalls.WouldBlock:
                    _isReadable = false;
                    return null;
                case var error:
                    return -error;
            }
        }
    }

    private int Send(ReadOnlySpan<byte> bytes)
    {
        var sent = 0;
        lock (_gate)
        {
            while (sent < bytes.Length)
            {
                if (_isClosed)
                {
                    throw Closed();
                }

                var taken = EpollCalls.Send(_descriptor, bytes[sent..]);
                if (taken >= 0)
                {
                    sent += taken;
                    continue;
                }

                switch (Marshal.GetLastPInvokeError())
                {
                    case EpollCalls.Interrupted:
                        continue;
                    case EpollCalls.WouldBlock:
                        return sent;
                    case var error:
                        throw Failure(error);
                }
            }
        }

        return sent;
    }

    /// <summary>The MTA takes nothing more for now: only then "writable" is waited for.</summary>
    private async ValueTask WriteRestAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                Task writable;
                lock (_gate)
                {
                    writable = (_writable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
                    _loop.Change(_descriptor, Reading | EpollCalls.Writable);
                }

                await writable.WaitAsync(cancellationToken).ConfigureAwait(false);
                bytes = bytes[Send(bytes.Span)..];
            }
        }
        finally
        {
            lock (_gate)
            {
                _writable = null;
                if (!_isClosed)
                {
                    _loop.ChangeIfOpen(_descriptor, Reading);
                }
            }
        }
    }

    private void Cancel(CancellationToken token)
    {
        lock (_gate)
        {
            if (!_isReading)
            {
                return;
            }

            _isReading = false;
        }

        _read.SetException(new OperationCanceledException(token));
    }
}
