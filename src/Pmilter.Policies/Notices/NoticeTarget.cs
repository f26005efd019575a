namespace Pmilter.Policies.Notices;

/// <summary>A target of <c>notify:</c> as policies see it.</summary>
/// <param name="AtMost">As written; null: once a ban or hold, and for other rules <see cref="NoticeQuota.Standard"/>.</param>
/// <param name="IsMail">It is told by mail through the local MTA, so that its notices come back here as mail.</param>
public sealed record NoticeTarget(NoticeQuota? AtMost, bool IsMail);

/// <summary><c>at_most: 'N per key per WINDOW'</c>: no arrival pattern gets more than N notices of a rule and key into any window.</summary>
/// <param name="Count">1 to 1,000.</param>
/// <param name="Window">1 s to 31 d, a sliding one.</param>
public sealed record NoticeQuota(int Count, TimeSpan Window)
{
    /// <summary>'1 per key per 1h'.</summary>
    public static NoticeQuota Standard { get; } = new(1, TimeSpan.FromHours(1));
}
