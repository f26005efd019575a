using System.Globalization;
using System.Net;

namespace Pmilter.Configuration;

/// <summary>A listener's address: a host and port, the path of a Unix socket, or the name of sockets that systemd passes.</summary>
/// <param name="Text">As written.</param>
/// <param name="Host">An IP address or name; empty for every interface, and for a Unix socket.</param>
/// <param name="Port">0 for a Unix socket.</param>
/// <param name="Path">Empty for TCP.</param>
internal sealed record ListenAddress(string Text, string Host, int Port, string Path)
{
    public bool IsUnix => Path.Length > 0;

    /// <summary>FileDescriptorName= of the socket unit; empty where Pmilter opens the socket itself.</summary>
    public string Inherited { get; init; } = string.Empty;

    /// <summary>Nobody outside this machine reaches it, as far as the file can tell.</summary>
    public bool IsLoopback => IsUnix || Inherited.Length > 0 || Host is "localhost" || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>Null when it is none of <c>inet:host:port</c>, <c>inet:port@host</c>, <c>unix:/path</c>, <c>local:/path</c>, <c>systemd:name</c>.</summary>
    public static ListenAddress? Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return null;
        }

        var rest = text[(colon + 1)..];
        return text[..colon] switch
        {
            "unix" or "local" => rest.Length > 0 && !rest.Any(char.IsControl) ? new ListenAddress(text, string.Empty, 0, rest) : null,
            "inet" or "inet6" => ParseInet(text, rest),
            "systemd" => rest.Length > 0 && !rest.Any(char.IsControl) ? new ListenAddress(text, string.Empty, 0, string.Empty) { Inherited = rest } : null,
            _ => null,
        };
    }

    private static ListenAddress? ParseInet(string text, string rest)
    {
        var at = rest.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            return Create(text, rest[(at + 1)..], rest[..at]);
        }

        var colon = rest.LastIndexOf(':');
        return colon < 0 ? Create(text, string.Empty, rest) : Create(text, rest[..colon], rest[(colon + 1)..]);
    }

    private static ListenAddress? Create(string text, string host, string port)
    {
        var bare = host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : host;
        var isHost = bare.Length == 0 || IPAddress.TryParse(bare, out _) || Uri.CheckHostName(bare) == UriHostNameType.Dns;
        return isHost && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 65535
            ? new ListenAddress(text, bare, number, string.Empty)
            : null;
    }
}
