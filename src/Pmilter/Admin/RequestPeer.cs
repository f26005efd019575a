using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Pmilter.Admin;

/// <summary>Who asks through the admin socket: the name that the command gives, and the uid that the kernel knows.</summary>
internal static class RequestPeer
{
    /// <summary>The key of the name in a request.</summary>
    public const string UserKey = "user";

    private const int SocketLevel = 1; // SOL_SOCKET of Linux
    private const int PeerCredentials = 17; // SO_PEERCRED: pid, uid, gid
    private const int LongestName = 60;

    /// <summary><c>alice (uid 0)</c>; <c>unknown</c> where nothing is known.</summary>
    public static string Of(HttpContext context)
    {
        var given = new string([.. context.Request.Query[UserKey].ToString().Where(c => !char.IsControl(c)).Take(LongestName)]);
        var uid = UidOf(context.Features.Get<IConnectionSocketFeature>()?.Socket);
        return (given, uid) switch
        {
            ("", null) => "unknown",
            ("", { } known) => string.Create(CultureInfo.InvariantCulture, $"uid {known}"),
            (_, null) => given,
            (_, { } known) => string.Create(CultureInfo.InvariantCulture, $"{given} (uid {known})"),
        };
    }

    private static uint? UidOf(Socket? socket)
    {
        if (socket is null || !OperatingSystem.IsLinux())
        {
            return null;
        }

        try
        {
            Span<byte> credentials = stackalloc byte[3 * sizeof(int)];
            return socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials) == credentials.Length ? MemoryMarshal.Read<uint>(credentials[sizeof(int)..]) : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
