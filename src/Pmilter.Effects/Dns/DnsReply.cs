using Pmilter.Policies.Facts;

namespace Pmilter.Effects.Dns;

/// <summary>What became of a question on the wire.</summary>
internal enum DnsReplyKind
{
    /// <summary>A server said what there is.</summary>
    Answered,

    /// <summary>A server said that it cannot: SERVFAIL, REFUSED and the like. The zone is ill, the server is there.</summary>
    Declined,

    /// <summary>No server said anything that can be read.</summary>
    Silent,
}

/// <param name="Kind">Who is to blame.</param>
/// <param name="Answer">For the policies.</param>
/// <param name="Ttl">As long as the answer holds, before any cap; null where nothing says it.</param>
internal readonly record struct DnsReply(DnsReplyKind Kind, NameAnswer Answer, TimeSpan? Ttl)
{
    public static DnsReply Declined(string error) => new(DnsReplyKind.Declined, NameAnswer.Failed(error), null);

    public static DnsReply Silent(string error) => new(DnsReplyKind.Silent, NameAnswer.Failed(error), null);
}
