using System.Net;
using System.Net.Sockets;

namespace Pmilter.Service;

/// <summary>
/// Whether a listener still takes connections: one of our own is made, which its loop recognises by its address and lets go. It goes the
/// way of every connection, so that it finds a loop that has ended, a pool without a free thread and a socket thread that somebody blocks.
/// </summary>
internal sealed class AcceptProbe
{
    private volatile Attempt? _attempt;

    /// <summary>Asked of every connection that the loop accepted; true: it is ours.</summary>
    public bool Takes(EndPoint? remote)
    {
        if (_attempt is not { } attempt || !attempt.From.Equals(remote))
        {
            return false;
        }

        attempt.Taken.TrySetResult();
        return true;
    }

    /// <summary>
    /// False only when a connection was made and not taken within <paramref name="patience"/>. One that could not be made (no file
    /// descriptor left, the socket's file removed) tells nothing of the loop.
    /// </summary>
    /// <param name="listening">Where the loop listens.</param>
    public async Task<bool> TryAsync(EndPoint listening, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        Socket? socket = null;
        try
        {
            socket = Open(listening);
            var attempt = new Attempt(socket.LocalEndPoint!, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            _attempt = attempt;
            await socket.ConnectAsync(Reachable(listening), cancellationToken).AsTask().WaitAsync(patience, time, cancellationToken).ConfigureAwait(false);
            await attempt.Taken.Task.WaitAsync(patience, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            _attempt = null;
            socket?.Dispose();
        }
    }

    /// <summary>Bound before it connects: the loop may see it before we do.</summary>
    private static Socket Open(EndPoint listening)
    {
        if (listening is IPEndPoint place)
        {
            var any = Reachable(place).Address;
            var tcp = new Socket(any.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            return Bound(tcp, new IPEndPoint(any, 0));
        }

        // In the abstract namespace: no file.
        return Bound(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint($"\0pmilter-probe-{Guid.NewGuid():N}"));
    }

    private static Socket Bound(Socket socket, EndPoint from)
    {
        try
        {
            socket.Bind(from);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static EndPoint Reachable(EndPoint listening) => listening is IPEndPoint place ? Reachable(place) : listening;

    private static IPEndPoint Reachable(IPEndPoint place) =>
        place.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, place.Port)
        : place.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, place.Port)
        : place;

    private sealed record Attempt(EndPoint From, TaskCompletionSource Taken);
}
