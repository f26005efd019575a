using BitFaster.Caching.Lru;
using Pmilter.Policies.Facts;

namespace Pmilter.Effects.Dns;

/// <summary>Answers for as long as they hold, bounded in number.</summary>
internal sealed class DnsCache(DnsOptions options, TimeProvider time)
{
    /// <summary>TTL 0 would ask anew for each message of a burst.</summary>
    private static readonly TimeSpan LeastTtl = TimeSpan.FromSeconds(5);

    private readonly ConcurrentLru<(string Name, NameRecordKind Kind), Entry> _entries = new(Math.Max(3, options.CacheEntries));

    public int Count => _entries.Count;

    public NameAnswer? Find(NameQuestion question) =>
        _entries.TryGet((question.Name, question.Kind), out var entry) && time.GetElapsedTime(entry.Since) < entry.Ttl ? entry.Answer : null;

    public void Keep(NameQuestion question, in DnsReply reply) =>
        _entries.AddOrUpdate((question.Name, question.Kind), new Entry(reply.Answer, time.GetTimestamp(), TtlOf(reply)));

    private TimeSpan TtlOf(in DnsReply reply)
    {
        if (reply.Answer.Outcome == NameOutcome.Failed)
        {
            return options.Rest;
        }

        var most = reply.Answer.Outcome == NameOutcome.Found ? options.MaxTtl : options.MaxNegativeTtl;
        var ttl = reply.Ttl ?? LeastTtl;
        return ttl < LeastTtl ? LeastTtl : ttl > most ? most : ttl;
    }

    private sealed record Entry(NameAnswer Answer, long Since, TimeSpan Ttl);
}
