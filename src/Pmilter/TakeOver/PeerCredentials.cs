using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Pmilter.TakeOver;

/// <summary>Who is at the other end of a Unix socket, as the kernel knows.</summary>
internal readonly partial record struct PeerCredentials(int Process, uint User)
{
    private const int SocketLevel = 1; // SOL_SOCKET of Linux
    private const int Option = 17; // SO_PEERCRED: pid, uid, gid

    /// <summary>The user that this process acts as.</summary>
    public static uint OwnUser => EffectiveUser();

    /// <summary>Null where the system does not tell.</summary>
    public static PeerCredentials? Of(Socket? socket)
    {
        if (socket is null || !OperatingSystem.IsLinux())
        {
            return null;
        }

        try
        {
            Span<byte> credentials = stackalloc byte[3 * sizeof(int)];
            return socket.GetRawSocketOption(SocketLevel, Option, credentials) == credentials.Length
                ? new PeerCredentials(MemoryMarshal.Read<int>(credentials), MemoryMarshal.Read<uint>(credentials[sizeof(int)..]))
                : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
