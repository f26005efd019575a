using System.Net;
using System.Net.Sockets;

namespace Pmilter.Server;

/// <summary>Opens, binds and listens; says what to mend when it cannot.</summary>
internal static class ListenerSocket
{
    private const int Backlog = 512;

    /// <exception cref="ServerStartException">It cannot be listened on.</exception>
    public static Socket Open(ListenerPlace options)
    {
        var path = options.EndPoint is UnixDomainSocketEndPoint ? options.EndPoint.ToString() : null;
        if (path is not null)
        {
            UnixSocketFile.MakeFree(path);
        }

        // .NET sets SO_REUSEADDR for TCP by itself; its ReuseAddress option would set SO_REUSEPORT and let two servers share the port.
        var protocol = path is null ? ProtocolType.Tcp : ProtocolType.Unspecified;
        var socket = new Socket(options.EndPoint.AddressFamily, SocketType.Stream, protocol);
        try
        {
            socket.Bind(path is null ? options.EndPoint : new UnixListenerEndPoint(path));
            if (path is not null)
            {
                UnixSocketFile.Own(path, options.Mode, options.Group);
            }

            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new ServerStartException($"Cannot listen on {options.Address}: {Mend(error.SocketErrorCode, options.EndPoint, error.Message)}", error);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Removes the file, too, if it was made here: the MTA finds nobody and applies its default action.</summary>
    public static void Close(ListenerPlace options, Socket socket)
    {
        socket.Dispose();
        if (options is { IsUnix: true, IsInherited: false, IsTakenOver: false })
        {
            File.Delete(options.EndPoint.ToString()!);
        }
    }

    private static string Mend(SocketError error, EndPoint endPoint, string message) => error switch
    {
        SocketError.AddressAlreadyInUse => "the port is in use; stop the other program (ss -ltnp shows it) or choose another port.",
        SocketError.AccessDenied when endPoint is IPEndPoint { Port: < 1024 } => "ports below 1024 need root or CAP_NET_BIND_SERVICE; choose a port above 1023, such as 8895.",
        SocketError.AccessDenied => "permission denied; make the directory writable for this user, or start as another user.",
        SocketError.AddressNotAvailable => "this machine has no such address; use one of its own (ip addr shows them).",
        SocketError.AddressFamilyNotSupported => "this machine has no such address family; use an IPv4 address.",
        _ => message,
    };
}
