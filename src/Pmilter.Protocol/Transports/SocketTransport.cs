using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Pmilter.Protocol.Transports;

/// <summary>A connected stream socket, TCP or Unix. Owns the socket.</summary>
public sealed class SocketTransport : ITransport
{
    private const int TcpLevel = 6;
    private const int TcpQuickAck = 12;

    private static readonly byte[] On = [1, 0, 0, 0];

    private readonly Socket _socket;
    private readonly bool _acknowledgesAtOnce;
    private bool _hasAnswered;

    public SocketTransport(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        _socket = socket;
        var isTcp = socket.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6;
        _acknowledgesAtOnce = isTcp && OperatingSystem.IsLinux();
        if (isTcp)
        {
            socket.NoDelay = true;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (!_hasAnswered)
        {
            AcknowledgeAtOnce();
        }

        try
        {
            var read = await _socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            _hasAnswered = false;
            return read;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException(e.Message, e);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                var sent = await _socket.SendAsync(bytes, SocketFlags.None, cancellationToken).ConfigureAwait(false);
                bytes = bytes[sent..];
            }

            _hasAnswered = true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException(e.Message, e);
        }
    }

    public ValueTask DisposeAsync()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The other side was faster.
        }

        _socket.Dispose();
        return default;
    }

    /// <summary>
    /// Linux forgets TCP_QUICKACK after each acknowledgement. Without it an MTA that writes twice before it waits (Sendmail at
    /// each command, Postfix after no-reply events) meets our delayed acknowledgement with its Nagle: some 43 ms a time. An answer
    /// carries the acknowledgement itself; so only a read that follows a read asks for it.
    /// </summary>
    private void AcknowledgeAtOnce()
    {
        if (!_acknowledgesAtOnce)
        {
            return;
        }

        try
        {
            _socket.SetRawSocketOption(TcpLevel, TcpQuickAck, On);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Slower, not wrong; a closed socket shows at the next read.
        }
    }
}
