using System.Collections.Immutable;
using System.Net;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Configuration;

/// <summary>Reads <c>server.listen</c> and <c>server.allow</c>.</summary>
internal static class ListenReader
{
    public static ImmutableArray<ListenerOptions> ReadListen(MappingReader server)
    {
        if (!server.Has("listen"))
        {
            return [ListenerOptions.Default];
        }

        var listeners = ImmutableArray.CreateBuilder<ListenerOptions>();
        foreach (var item in server.Items("listen", "a list of addresses such as ['inet:127.0.0.1:8895']"))
        {
            var listener = item switch
            {
                YamlScalar scalar => Address(scalar, server.Diagnostics) is { } address ? new ListenerOptions(string.Empty, address, null, string.Empty, scalar.Span) : null,
                YamlMapping mapping => ReadMapping(mapping, server.Diagnostics),
                _ => Refuse(item, server.Diagnostics),
            };
            if (listener is null)
            {
                continue;
            }

            if (listeners.Any(other => Same(other.Address, listener.Address)))
            {
                server.Diagnostics.Add(ConfigurationDiagnostics.Duplicate(item.Span, listener.Address.Text));
            }

            listeners.Add(listener);
        }

        if (listeners.Count == 0 && !server.Diagnostics.HasErrors)
        {
            server.Diagnostics.Add(ConfigurationDiagnostics.NoListener(server.KeyOf("listen")?.Span ?? server.Start));
        }

        return listeners.ToImmutable();
    }

    public static ImmutableArray<IPNetwork> ReadAllow(MappingReader server)
    {
        if (!server.Has("allow"))
        {
            return new ServerOptions().Allow;
        }

        var networks = ImmutableArray.CreateBuilder<IPNetwork>();
        foreach (var scalar in server.Scalars("allow", "a list of networks such as [127.0.0.0/8, '::1']"))
        {
            if (ReadNetwork(scalar, server.Diagnostics) is { } network)
            {
                networks.Add(network);
            }
        }

        return networks.ToImmutable();
    }

    /// <summary>An open port with nobody allowed would refuse every MTA; a loopback-only <c>allow</c> means that it was forgotten.</summary>
    public static void CheckReach(ImmutableArray<ListenerOptions> listeners, ImmutableArray<IPNetwork> allow, MappingReader server)
    {
        if (allow.Any(network => !IPAddress.IsLoopback(network.BaseAddress) || network.PrefixLength < 8))
        {
            return;
        }

        foreach (var listener in listeners.Where(listener => !listener.Address.IsLoopback))
        {
            server.Diagnostics.Add(ConfigurationDiagnostics.NotAllowed(listener.Span ?? server.Start, listener.Address.Text));
        }
    }

    private static ListenerOptions? ReadMapping(YamlMapping mapping, DiagnosticBag diagnostics)
    {
        var reader = new MappingReader(mapping, ServerKeys.Listener, diagnostics);
        var name = reader.Text("name")?.Value ?? string.Empty;
        var group = reader.Text("group")?.Value ?? string.Empty;
        var mode = reader.Scalar("mode", "a file mode") is { } written ? ReadMode(written, diagnostics) : null;
        if (!reader.Require("at", "write at: 'unix:/run/pmilter/pmilter.sock'") || reader.Scalar("at", "an address") is not { } at || Address(at, diagnostics) is not { } address)
        {
            return null;
        }

        foreach (var key in (ReadOnlySpan<string>)["mode", "group"])
        {
            if (!address.IsUnix && reader.KeyOf(key) is { } misplaced)
            {
                diagnostics.Add(ConfigurationDiagnostics.UnixOnly(misplaced.Span, key));
            }
        }

        return new ListenerOptions(name, address, mode, group, at.Span);
    }

    private static ListenAddress? Address(YamlScalar scalar, DiagnosticBag diagnostics)
    {
        var address = ListenAddress.Parse(scalar.Value);
        if (address is null)
        {
            diagnostics.Add(ConfigurationDiagnostics.BadAddress(scalar.Span, scalar.Value));
        }

        return address;
    }

    private static ListenerOptions? Refuse(YamlNode item, DiagnosticBag diagnostics)
    {
        diagnostics.Add(ConfigurationDiagnostics.BadAddress(item.Span, "a list"));
        return null;
    }

    /// <summary>Null, and told, where it is no mode.</summary>
    public static UnixFileMode? ReadMode(YamlScalar scalar, DiagnosticBag diagnostics)
    {
        var digits = scalar.Value;
        if (digits.Length is not (3 or 4) || digits.AsSpan().ContainsAnyExceptInRange('0', '7') || (digits.Length == 4 && digits[0] != '0'))
        {
            diagnostics.Add(ConfigurationDiagnostics.BadMode(scalar.Span, digits));
            return null;
        }

        var mode = 0;
        foreach (var digit in digits)
        {
            mode = (mode * 8) + (digit - '0');
        }

        return (UnixFileMode)mode;
    }

    private static IPNetwork? ReadNetwork(YamlScalar scalar, DiagnosticBag diagnostics)
    {
        var text = scalar.Value;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!IPAddress.TryParse(slash < 0 ? text : text[..slash], out var address))
        {
            diagnostics.Add(ConfigurationDiagnostics.BadNetwork(scalar.Span, text, null));
            return null;
        }

        var bits = address.GetAddressBytes().Length * 8;
        var prefix = bits;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out prefix) || prefix > bits))
        {
            diagnostics.Add(ConfigurationDiagnostics.BadNetwork(scalar.Span, text, null));
            return null;
        }

        var network = new IPNetwork(Masked(address, prefix), prefix);
        if (!network.BaseAddress.Equals(address))
        {
            diagnostics.Add(ConfigurationDiagnostics.BadNetwork(scalar.Span, text, network.ToString()));
        }

        return network;
    }

    private static IPAddress Masked(IPAddress address, int prefix)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(prefix - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xff00 >> kept);
        }

        return new IPAddress(bytes);
    }

    private static bool Same(ListenAddress a, ListenAddress b) => a.Host == b.Host && a.Port == b.Port && a.Path == b.Path && a.Inherited == b.Inherited;
}
