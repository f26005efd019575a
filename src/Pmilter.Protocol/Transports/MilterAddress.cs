using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Pmilter.Protocol.Transports;

/// <summary>The kind of socket behind a <see cref="MilterAddress"/>.</summary>
public enum MilterAddressKind
{
    /// <summary><c>inet:</c></summary>
    Inet,

    /// <summary><c>inet6:</c></summary>
    Inet6,

    /// <summary><c>unix:</c> or <c>local:</c></summary>
    Unix,
}

/// <summary>
/// Where a milter listens, in Postfix's words (<c>inet:host:port</c>, <c>unix:path</c>) and libmilter's (<c>inet:port@host</c>,
/// <c>inet6:port@host</c>, <c>local:path</c>).
/// </summary>
/// <param name="Host">Name, address without brackets, or <c>*</c> for every address; the path of a Unix socket.</param>
/// <param name="Port">1 to 65535 (0: any free port, for tests); 0 for a Unix socket.</param>
public sealed record MilterAddress(MilterAddressKind Kind, string Host, int Port)
{
    /// <summary>Reads an address, or says in <paramref name="error"/> what was found and what was expected.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out MilterAddress? address, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        address = null;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var scheme = colon < 0 ? text : text[..colon];
        var rest = colon < 0 ? string.Empty : text[(colon + 1)..];
        switch (scheme)
        {
            case "inet":
                return TryParseInet(text, MilterAddressKind.Inet, rest, out address, out error);
            case "inet6":
                return TryParseInet(text, MilterAddressKind.Inet6, rest, out address, out error);
            case "unix" or "local" when rest.Length > 0:
                address = new MilterAddress(MilterAddressKind.Unix, rest, 0);
                error = null;
                return true;
            default:
                error = $"'{text}' is not a socket address; expected inet:HOST:PORT, inet:PORT@HOST, inet6:PORT@HOST or unix:PATH.";
                return false;
        }
    }

    /// <summary>The end points that the name stands for, in the resolver's order.</summary>
    /// <exception cref="SocketException">The name does not resolve.</exception>
    public async ValueTask<IReadOnlyList<EndPoint>> ResolveAsync(CancellationToken cancellationToken)
    {
        if (Kind == MilterAddressKind.Unix)
        {
            return [new UnixDomainSocketEndPoint(Host)];
        }

        if (Host is "*")
        {
            return [new IPEndPoint(Kind == MilterAddressKind.Inet6 ? IPAddress.IPv6Any : IPAddress.Any, Port)];
        }

        if (IPAddress.TryParse(Host, out var literal))
        {
            return [new IPEndPoint(literal, Port)];
        }

        var family = Kind == MilterAddressKind.Inet6 ? AddressFamily.InterNetworkV6 : AddressFamily.Unspecified;
        var addresses = await Dns.GetHostAddressesAsync(Host, family, cancellationToken).ConfigureAwait(false);
        return [.. addresses.Select(a => new IPEndPoint(a, Port))];
    }

    public override string ToString() => Kind switch
    {
        MilterAddressKind.Unix => $"unix:{Host}",
        MilterAddressKind.Inet6 => string.Create(CultureInfo.InvariantCulture, $"inet6:{Bracketed}:{Port}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"inet:{Bracketed}:{Port}"),
    };

    private string Bracketed => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;

    private static bool TryParseInet(string text, MilterAddressKind kind, string rest, out MilterAddress? address, out string? error)
    {
        address = null;
        var at = rest.IndexOf('@', StringComparison.Ordinal);
        var colon = rest.LastIndexOf(':');
        var (host, port) = at >= 0 ? (rest[(at + 1)..], rest[..at])
            : colon >= 0 ? (rest[..colon], rest[(colon + 1)..])
            : (string.Empty, rest);
        if (host is ['[', .., ']'])
        {
            host = host[1..^1];
        }

        if (host.Length == 0)
        {
            error = $"'{text}' names no host; expected inet:HOST:PORT or inet:PORT@HOST, with * as HOST for every address.";
            return false;
        }

        if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > 65535)
        {
            error = $"'{text}' has the port '{port}'; expected a number up to 65535.";
            return false;
        }

        if (kind == MilterAddressKind.Inet6 && IPAddress.TryParse(host, out var literal) && literal.AddressFamily != AddressFamily.InterNetworkV6)
        {
            error = $"'{text}' has the IPv4 address '{host}'; expected an IPv6 address after inet6.";
            return false;
        }

        address = new MilterAddress(kind, host, number);
        error = null;
        return true;
    }
}
