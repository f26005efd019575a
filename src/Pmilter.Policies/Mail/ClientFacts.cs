using System.Net;
using System.Net.Sockets;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Lists;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Wire;

namespace Pmilter.Policies.Mail;

/// <summary>The SMTP client as the MTA announced it.</summary>
public sealed class ClientFacts
{
    private string? _net;
    private GeoPlace? _place;

    public static ClientFacts Unknown { get; } = new();

    /// <summary>Null when unknown: no address, a Unix socket, or one that cannot be read (Postfix: XCLIENT ADDR=[UNAVAILABLE]).</summary>
    public IPAddress? Address { get; private init; }

    public int Port { get; private init; }

    /// <summary>The name that the MTA has verified both ways; else empty.</summary>
    public string Name { get; private init; } = string.Empty;

    /// <summary>The name that the address claims, verified or not.</summary>
    public string Pointer { get; private init; } = string.Empty;

    /// <summary>The host name as the MTA sent it: <c>[203.0.113.9]</c> where it knows none.</summary>
    public string Announced { get; private init; } = string.Empty;

    /// <summary><c>ip4 ip6 unix unknown</c>.</summary>
    public string Family { get; private init; } = "unknown";

    public string DaemonName { get; private init; } = string.Empty;

    public string MyHostName { get; private init; } = string.Empty;

    /// <summary>Mail of this machine's own programs: no SMTP client, and the MTA forbids to refuse its recipients.</summary>
    public bool IsLocal { get; private init; }

    /// <summary>A port or a daemon that is there for users.</summary>
    public bool IsSubmission { get; private init; }

    /// <summary>The /24 or /64 around the address; empty when unknown.</summary>
    public string Net => _net ??= Address is null ? string.Empty : Networks.Of(Address, 24, 64);

    /// <summary>Looked up when first read, once a connection.</summary>
    public GeoPlace Place(IGeoSource geo) => _place ??= Address is null ? GeoPlace.Unknown : geo.Find(Address);

    public static ClientFacts From(in ConnectCommand command, MacroTable macros)
    {
        var address = command.Family is ClientFamily.Inet or ClientFamily.Inet6 ? ReadAddress(MailText.Decode(command.Address.Span)) : null;
        var host = MailText.Decode(command.HostName.Span).Trim();
        var isNamed = host.Length > 0 && host[0] != '[' && !host.Equals("unknown", StringComparison.OrdinalIgnoreCase);
        var pointer = macros["client_ptr"] is { Length: > 0 } ptr && !ptr.Equals("unknown", StringComparison.OrdinalIgnoreCase) && ptr[0] != '['
            ? ptr
            : isNamed ? host : string.Empty;
        var daemonName = macros["daemon_name"] ?? string.Empty;
        var isLocalHost = host.Equals("localhost", StringComparison.OrdinalIgnoreCase);
        return new ClientFacts
        {
            Address = address,
            Port = command.Port,
            Announced = MailText.Decode(command.HostName.Span),
            Name = isNamed && IsVerified(macros) ? DomainText.Normalize(host) : string.Empty,
            Pointer = DomainText.Normalize(pointer),
            Family = FamilyOf(command.Family, address),
            DaemonName = daemonName,
            MyHostName = macros["j"] ?? string.Empty,
            // Postfix non_smtpd_milters: localhost, 127.0.0.1, port 0. Sendmail -bs: no address at all.
            IsLocal = command.Family == ClientFamily.Unix
                || (isLocalHost && command.Port == 0 && (address is null || IPAddress.IsLoopback(address))),
            IsSubmission = macros["daemon_port"] is "587" or "465" || IsSubmissionDaemon(daemonName),
        };
    }

    /// <summary>Sendmail passes on the claimed name of a forged client too; it tells by {client_resolve}, or in <c>_</c>. Postfix sends <c>[address]</c> then.</summary>
    private static bool IsVerified(MacroTable macros) =>
        macros["client_resolve"] is { Length: > 0 } resolve
            ? resolve.Equals("OK", StringComparison.OrdinalIgnoreCase)
            : macros["_"]?.Contains("may be forged", StringComparison.OrdinalIgnoreCase) != true;

    /// <summary>Sendmail's MSA; ORIGINATING is what amavis' and OpenDKIM's documents give Postfix's submission service as milter_macro_daemon_name.</summary>
    private static bool IsSubmissionDaemon(string name) =>
        name.Equals("MSA", StringComparison.OrdinalIgnoreCase)
        || name.Equals("TLSMSA", StringComparison.OrdinalIgnoreCase)
        || name.Equals("ORIGINATING", StringComparison.OrdinalIgnoreCase)
        || name.Equals("smtps", StringComparison.OrdinalIgnoreCase)
        || name.Equals("submission", StringComparison.OrdinalIgnoreCase)
        || name.Equals("submissions", StringComparison.OrdinalIgnoreCase);

    private static IPAddress? ReadAddress(string text)
    {
        var bare = text.AsSpan().Trim();
        if (bare.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase))
        {
            bare = bare[5..];
        }

        // IPAddress reads "1" and "0x7f.1" as addresses; no MTA writes them.
        if (!bare.Contains(':') && bare.Count('.') != 3)
        {
            return null;
        }

        if (!IPAddress.TryParse(bare, out var address))
        {
            return null;
        }

        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    private static string FamilyOf(ClientFamily family, IPAddress? address)
    {
        if (family == ClientFamily.Unix)
        {
            return "unix";
        }

        return address?.AddressFamily switch
        {
            AddressFamily.InterNetwork => "ip4",
            AddressFamily.InterNetworkV6 => "ip6",
            _ => "unknown",
        };
    }
}
