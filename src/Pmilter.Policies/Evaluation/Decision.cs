using Pmilter.Policies.Mail;
using Pmilter.Policies.Notices;
using Pmilter.Policies.Protecting;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Replies;

namespace Pmilter.Policies.Evaluation;

/// <summary>Which rule: for logs, replies, metrics, explanations.</summary>
public sealed record RuleReference(string Policy, string Id, PolicyMode Mode, SourceSpan Span)
{
    /// <summary>Not a rule: the server's own errors.</summary>
    public static RuleReference Server { get; } =
        new(string.Empty, string.Empty, PolicyMode.Enforce, new SourceSpan(new SourceText("pmilter", string.Empty), 0, 0));
}

/// <summary>A monitor rule that would have decided, or told somebody.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Outcome">The verdict as the language names it: <c>tempfail</c>, <c>reject</c>, <c>quarantine</c>, <c>allow</c> …; or <c>notify</c>.</param>
/// <param name="ReplyText">The reply it would have given, empty for the MTA's own; of a notice its target and text.</param>
public sealed record WouldHave(RuleReference Rule, string Outcome, string ReplyText);

/// <summary>What came of one event. Continue without a rule is <see cref="Continue"/>, shared.</summary>
public sealed record Decision
{
    public static Decision Continue { get; } = new();

    /// <summary>Short, unique in this process: in replies as <c>{decision_id}</c>, in logs; empty where no rule decided.</summary>
    public string Id { get; init; } = string.Empty;

    public Verdict Verdict { get; init; }

    /// <summary>The rule that decided; null when none did.</summary>
    public RuleReference? Rule { get; init; }

    /// <summary>The policy's word: <c>continue allow accept tempfail reject discard quarantine skip</c>.</summary>
    public string Outcome { get; init; } = "continue";

    public Phase Phase { get; init; }

    /// <summary>Monitor rules that would have decided, in order.</summary>
    public IReadOnlyList<WouldHave> Would { get; init; } = [];

    /// <summary>Rules that would have refused, held, banned or greylisted somebody who is protected, in order; they did nothing.</summary>
    public IReadOnlyList<ProtectedFrom> Protected { get; init; } = [];

    /// <summary>Texts of <c>log:</c> steps.</summary>
    public IReadOnlyList<LogLine> Logs { get; init; } = [];

    /// <summary><c>notify:</c> steps of enforced rules that are due, in order: the host sends them and nobody waits for it.</summary>
    public IReadOnlyList<Notice> Notices { get; init; } = [];

    /// <summary>At eom: all queued changes in the order in which they must be sent; else empty.</summary>
    public IReadOnlyList<Modification> Modifications { get; init; } = [];

    /// <summary>At eom; null for none.</summary>
    public string? QuarantineReason { get; init; }

    /// <summary>Asked by <c>delay:</c>; the host awaits it, bounded, before it answers.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>A refusal that the MTA forbids (a recipient of a local submission): logged, answered with continue.</summary>
    public bool IsSuppressed { get; init; }

    /// <summary>The shared store did not answer: this server's own counters decided.</summary>
    public bool IsDegraded { get; init; }

    /// <summary>The counter that the deciding rule limits; null where none does.</summary>
    public CounterReading? Counter { get; init; }

    /// <summary>Errors of facts and of our own, already turned into the verdict by on_error: the host logs them.</summary>
    public IReadOnlyList<LogLine> Errors { get; init; } = [];
}

/// <summary>What a limit compared.</summary>
/// <param name="Name"><c>policy/counter</c>.</param>
/// <param name="Key">As the store knows it: folded, parts joined by U+001F; empty where it is not known any more.</param>
/// <param name="Value">The count with this event.</param>
/// <param name="Max">The limit.</param>
public sealed record CounterReading(string Name, string Key, double Value, double Max);

/// <summary>A line for the log, and the rule that wrote it.</summary>
public sealed record LogLine(RuleReference Rule, string Text)
{
    /// <summary>Of an error: its cause is logged once by whoever met it, so that the log need not repeat it for each message.</summary>
    public bool IsToldElsewhere { get; init; }
}
