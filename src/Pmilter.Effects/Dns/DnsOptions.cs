using System.Net;

namespace Pmilter.Effects.Dns;

/// <summary>How the DNS is asked: <c>dns</c> of pmilter.yaml.</summary>
public sealed record DnsOptions
{
    /// <summary>Resolvers, in the order in which they are asked. Empty (default): those of the system (<c>/etc/resolv.conf</c>), read when the service is made.</summary>
    public IReadOnlyList<IPEndPoint> Servers { get; init; } = [];

    /// <summary>What a question may take, further attempts and servers included. Default 2 s; 50 ms to 1 m, and below <c>server.event_deadline</c>.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Questions under way at once; further ones fail at once. Default 256; 1 to 10,000.</summary>
    public int Concurrency { get; init; } = 256;

    /// <summary>Answers that are kept, the least recently used going first. Default 50,000; 100 to 10,000,000.</summary>
    public int CacheEntries { get; init; } = 50_000;

    /// <summary>Records are kept for their TTL, and at most that long. Default 1 h; 5 s to 7 d.</summary>
    public TimeSpan MaxTtl { get; init; } = TimeSpan.FromHours(1);

    /// <summary>That there is none is kept as the zone's SOA says (RFC 2308), and at most that long. Default 15 min; 5 s to 1 d.</summary>
    public TimeSpan MaxNegativeTtl { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>After so many failures in a row a list's zone, or the DNS at all, is left alone for <see cref="Rest"/>. Default 5; 1 to 1000.</summary>
    public int MaxFailures { get; init; } = 5;

    /// <summary>How long; then one question tries. A failure is also kept that long. Default 10 s; 1 s to 1 h.</summary>
    public TimeSpan Rest { get; init; } = TimeSpan.FromSeconds(10);
}
