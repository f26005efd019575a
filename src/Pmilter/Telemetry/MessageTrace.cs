using System.Runtime.InteropServices;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Sessions;

namespace Pmilter.Telemetry;

/// <summary>
/// One session's message under way: how long the answer to each phase took. Events of one phase in a row (recipients, header fields) are one span.
/// No address, subject or name is told: a collector has other readers than the decision log.
/// </summary>
internal sealed class MessageTrace(MessageTraces traces, TimeProvider time)
{
    private readonly List<Step> _steps = [];

    /// <summary>An event was answered.</summary>
    public void Add(Phase phase, long began, TimeSpan took)
    {
        if (_steps.Count > 0 && _steps[^1].Phase == phase)
        {
            ref var last = ref CollectionsMarshal.AsSpan(_steps)[^1];
            last.Events++;
            last.Busy += took;
            last.Ended = began + Stamps(took);
            return;
        }

        _steps.Add(new Step { Phase = phase, Began = began, Ended = began + Stamps(took), Busy = took, Events = 1 });
    }

    /// <summary>The message is over, whatever came of it.</summary>
    public void End(ISessionContext session, string revision, Decision decision)
    {
        if (_steps.Count > 0 && traces.Wants(decision.Verdict.Kind is not (VerdictKind.Continue or VerdictKind.Accept) || decision.QuarantineReason is not null))
        {
            Send(session, revision, decision);
        }

        Forget();
    }

    /// <summary>Given up, or a new one begins; what belongs to the connection is not told twice.</summary>
    public void Forget() => _steps.Clear();

    private void Send(ISessionContext session, string revision, Decision decision)
    {
        var now = (Stamp: time.GetTimestamp(), Time: time.GetUtcNow());
        using var message = traces.Begin("message", default, At(_steps[0].Began));
        if (message is null)
        {
            return;
        }

        foreach (var step in _steps)
        {
            using var phase = traces.Begin(step.Phase.ToString().ToLowerInvariant(), message.Context, At(step.Began));
            phase?.SetTag("pmilter.events", step.Events).SetTag("pmilter.busy_us", (long)step.Busy.TotalMicroseconds).SetEndTime(At(step.Ended).UtcDateTime);
        }

        message.SetTag("pmilter.session", session.Id)
            .SetTag("pmilter.queue_id", session.Macros["i"] ?? string.Empty)
            .SetTag("pmilter.listener", session.Listener)
            .SetTag("pmilter.decision", decision.Id)
            .SetTag("pmilter.revision", revision)
            .SetTag("pmilter.verdict", decision.Outcome)
            .SetTag("pmilter.policy", decision.Rule?.Policy ?? string.Empty)
            .SetTag("pmilter.rule", decision.Rule?.Id ?? string.Empty)
            .SetEndTime(At(_steps[^1].Ended).UtcDateTime);

        DateTimeOffset At(long stamp) => now.Time - time.GetElapsedTime(stamp, now.Stamp);
    }

    private long Stamps(TimeSpan took) => (long)(took.TotalSeconds * time.TimestampFrequency);

    private struct Step
    {
        public Phase Phase;
        public long Began;
        public long Ended;
        public TimeSpan Busy;
        public int Events;
    }
}
