using Pmilter.Policies.Binding;
using Pmilter.Policies.State;

namespace Pmilter.Policies.Notices;

/// <summary>A <c>notify:</c> step, checked.</summary>
internal sealed record BoundNotice(string Name, NoticeTarget Target, TextTemplate? Text);

/// <summary>A <c>notify:</c> step, running.</summary>
/// <param name="Target">Its name.</param>
/// <param name="IsMail">Its notices come back as mail.</param>
/// <param name="Text">Null for the sentence that says what happened.</param>
/// <param name="Trigger">What makes it due.</param>
/// <param name="Quota">Counts what was sent, by key; null: each beginning of a ban or hold is told.</param>
/// <param name="AtMost">Of the quota.</param>
internal sealed record NoticeNode(string Target, bool IsMail, TextTemplate? Text, NoticeCause Trigger, CounterDefinition? Quota, int AtMost)
{
    private const int MaxKeys = 100_000;
    private const long MaxMemoryBytes = 16 * 1024 * 1024;

    /// <param name="rule">Full name.</param>
    /// <param name="isMonitor">Its quota is of the shadow layer.</param>
    public static NoticeNode Of(BoundNotice notice, string rule, NoticeCause trigger, bool isMonitor)
    {
        var written = notice.Target.AtMost ?? (trigger == NoticeCause.Rule ? NoticeQuota.Standard : null);
        var name = $"{rule}~notify:{notice.Name}{(isMonitor ? GreylistDefinition.ShadowSuffix : string.Empty)}";
        var quota = written is null ? null : new CounterDefinition(name, WindowKind.Count, written.Window, string.Empty, MaxKeys, MaxMemoryBytes, IsLocal: false, written.Count / 2d);
        return new NoticeNode(notice.Name, notice.Target.IsMail, notice.Text, trigger, quota, written?.Count ?? 0);
    }
}
