using System.Collections.Immutable;
using System.Net;
using Pmilter.Effects.Dns;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Configuration;

/// <summary>Reads <c>dns:</c> of pmilter.yaml.</summary>
internal static class DnsReader
{
    private const int Port = 53;

    /// <param name="eventDeadline">Look-ups must end before it.</param>
    public static DnsOptions Read(YamlMapping? mapping, TimeSpan eventDeadline, DiagnosticBag diagnostics)
    {
        var standard = new DnsOptions();
        if (mapping is null)
        {
            return standard;
        }

        var dns = new MappingReader(mapping, SectionKeys.Dns, diagnostics);
        var timeout = dns.Duration("timeout");
        if (timeout is not null && timeout.Value >= eventDeadline)
        {
            diagnostics.Add(ConfigurationDiagnostics.DnsTooSlow(timeout.Span, ValueReader.Show(eventDeadline)));
        }

        return new DnsOptions
        {
            Servers = ReadServers(dns),
            Timeout = timeout?.Value ?? standard.Timeout,
            Concurrency = dns.Integer("concurrency") ?? standard.Concurrency,
            CacheEntries = dns.Integer("cache") ?? standard.CacheEntries,
            MaxTtl = dns.Duration("max_ttl")?.Value ?? standard.MaxTtl,
            MaxNegativeTtl = dns.Duration("max_negative_ttl")?.Value ?? standard.MaxNegativeTtl,
            MaxFailures = dns.Integer("max_failures") ?? standard.MaxFailures,
            Rest = dns.Duration("rest")?.Value ?? standard.Rest,
        };
    }

    private static ImmutableArray<IPEndPoint> ReadServers(MappingReader dns)
    {
        var servers = ImmutableArray.CreateBuilder<IPEndPoint>();
        foreach (var scalar in dns.Has("servers") ? dns.Scalars("servers", "a list such as [127.0.0.1]") : [])
        {
            if (Parse(scalar.Value) is { } server)
            {
                servers.Add(server);
            }
            else
            {
                dns.Diagnostics.Add(ConfigurationDiagnostics.BadDnsServer(scalar.Span, scalar.Value));
            }
        }

        return servers.ToImmutable();
    }

    /// <summary>An address, with a port or without; never a name, since who would resolve it?</summary>
    private static IPEndPoint? Parse(string text)
    {
        var isAddress = text.Contains(':', StringComparison.Ordinal) || text.Count(c => c == '.') == 3;
        return isAddress && IPEndPoint.TryParse(text, out var server) ? server.Port == 0 ? new IPEndPoint(server.Address, Port) : server : null;
    }
}
