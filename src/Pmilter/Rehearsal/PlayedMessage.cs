using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Tracing;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Notices;
using Pmilter.Protocol.Replies;

namespace Pmilter.Rehearsal;

/// <summary>One event and what came of it.</summary>
/// <param name="Phase">When.</param>
/// <param name="Subject">The recipient, or the header's name; empty otherwise.</param>
/// <param name="Decision">What was decided.</param>
/// <param name="Rules">The rules of the phase; empty where it has none.</param>
/// <param name="Took">Evaluation alone.</param>
internal sealed record PlayedEvent(Phase Phase, string Subject, Decision Decision, IReadOnlyList<RuleTrace> Rules, IReadOnlyList<HitTrace> Hits, TimeSpan Took)
{
    public bool IsRefusal => Decision.Verdict.Kind is VerdictKind.Tempfail or VerdictKind.Reject or VerdictKind.Discard;
}

/// <summary>What became of one message.</summary>
internal sealed record PlayedMessage(SampleMessage Sample, DateTimeOffset At, IReadOnlyList<PlayedEvent> Events)
{
    /// <summary>Look-ups that were asked, and whose answers nobody has given.</summary>
    public IReadOnlyList<string> Missed { get; init; } = [];

    /// <summary>The event that decided on the whole message, else its last.</summary>
    public PlayedEvent Final { get; } = FinalOf(Events);

    /// <summary><c>continue allow accept tempfail reject discard quarantine</c>.</summary>
    public string Verdict => Final.Decision.Outcome is "skip" or "allow" ? "continue" : Final.Decision.Outcome;

    public bool IsRefused => Final.IsRefusal;

    public IEnumerable<WouldHave> Would => Events.SelectMany(e => e.Decision.Would);

    /// <summary>Whom it would tell, in order.</summary>
    public IEnumerable<Notice> Notices => Events.SelectMany(e => e.Decision.Notices);

    /// <summary>Some rule allowed it.</summary>
    public bool IsAllowed => Events.Any(e => e.Decision.Outcome == "allow");

    public PlayedEvent? RecipientEvent(string recipient) =>
        Events.FirstOrDefault(e => e.Phase == Phase.Rcpt && string.Equals(e.Subject, recipient, StringComparison.OrdinalIgnoreCase));

    private static PlayedEvent FinalOf(IReadOnlyList<PlayedEvent> events)
    {
        var recipients = events.Where(e => e.Phase == Phase.Rcpt).ToArray();
        return events.FirstOrDefault(e => e.Phase != Phase.Rcpt && (e.IsRefusal || e.Decision.Verdict.Kind == VerdictKind.Accept))
            ?? (recipients.Length > 0 && recipients.All(e => e.IsRefusal) ? recipients[^1] : events[^1]);
    }
}
