using System.Net;
using System.Net.Sockets;

namespace Pmilter.Server;

/// <summary>One place to listen on.</summary>
/// <param name="Name">What policies see as <c>listener</c>, and logs.</param>
/// <param name="EndPoint">TCP v4 or v6, or a Unix socket.</param>
/// <param name="Mode">Of a Unix socket's file; null leaves the umask's.</param>
/// <param name="Group">Of a Unix socket's file: a name or a number; empty leaves the process's.</param>
internal sealed record ListenerPlace(string Name, EndPoint EndPoint, UnixFileMode? Mode = null, string Group = "")
{
    /// <summary>systemd opened the socket, and keeps it.</summary>
    public bool IsInherited { get; init; }

    /// <summary>What systemd calls the socket; empty where it is not its own.</summary>
    public string ServiceName { get; init; } = string.Empty;

    /// <summary>It came from the process before, which may still go on with it.</summary>
    public bool IsTakenOver { get; init; }

    public bool IsUnix => EndPoint is UnixDomainSocketEndPoint;

    /// <summary>As it is written in a configuration and in <c>smtpd_milters</c>.</summary>
    public string Address => Describe(EndPoint);

    public static string Describe(EndPoint endPoint) => endPoint is UnixDomainSocketEndPoint ? $"unix:{endPoint}" : $"inet:{endPoint}";
}
