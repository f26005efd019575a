using System.Net.Sockets;

namespace Pmilter.Protocol.Transports;

/// <summary>
/// Linux forgets TCP_QUICKACK after each acknowledgement. Without it an MTA that writes twice before it waits (Sendmail at
/// each command, Postfix after no-reply events) meets our delayed acknowledgement with its Nagle: some 43 ms a time. An answer
/// carries the acknowledgement itself; so only a read that follows a read asks for it.
/// </summary>
internal sealed class QuickAcknowledgement
{
    private const int TcpLevel = 6;
    private const int TcpQuickAck = 12;

    private static readonly byte[] On = [1, 0, 0, 0];

    private readonly Socket _socket;
    private bool _hasAnswered;

    private QuickAcknowledgement(Socket socket) => _socket = socket;

    /// <summary>Null where there is no such thing: a Unix socket, another system. Takes Nagle off a TCP socket.</summary>
    public static QuickAcknowledgement? Of(Socket socket)
    {
        if (socket.AddressFamily is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6))
        {
            return null;
        }

        socket.NoDelay = true;
        return OperatingSystem.IsLinux() ? new QuickAcknowledgement(socket) : null;
    }

    /// <summary>An answer was written.</summary>
    public void Answered() => _hasAnswered = true;

    /// <summary>Before each read.</summary>
    public void BeforeRead()
    {
        if (_hasAnswered)
        {
            _hasAnswered = false;
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
