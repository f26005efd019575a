using System.Net.Sockets;
using Pmilter.Protocol.Transports;

namespace Pmilter.Load;

/// <summary>
/// A socket that blocks its thread, as an MTA process does. A wait costs one system call, not an event loop's three: what is measured is
/// the filter, not its load.
/// </summary>
internal sealed class BlockingTransport(Socket socket) : ITransport
{
    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return new ValueTask<int>(socket.Receive(buffer.Span, SocketFlags.None));
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            for (var rest = bytes.Span; !rest.IsEmpty;)
            {
                rest = rest[socket.Send(rest, SocketFlags.None)..];
            }

            return default;
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return default;
    }
}
