using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;

namespace Pmilter.Policies.Notices;

/// <summary>What a notice is about.</summary>
public enum NoticeCause
{
    /// <summary>The rule fired; <c>at_most</c> lets this one through.</summary>
    Rule,

    /// <summary>A hold of the rule began.</summary>
    Hold,

    /// <summary>A ban of the rule began.</summary>
    Ban,
}

/// <summary>A <c>notify:</c> step that is due: data, for the host to send. Whose mail it was, the host knows.</summary>
public sealed record Notice
{
    /// <summary>As <c>notify</c> of pmilter.yaml names it.</summary>
    public required string Target { get; init; }

    public required RuleReference Rule { get; init; }

    /// <summary>The step's text, or a sentence that says what happened; never empty, without control characters.</summary>
    public required string Text { get; init; }

    public required NoticeCause Cause { get; init; }

    /// <summary>The ban or hold that began, <c>policy/ban</c> or <c>policy/rule</c>; of a rule its own name.</summary>
    public required string Subject { get; init; }

    /// <summary>Whom it met: the key of the ban, or of the limit's counter, folded, parts joined by U+001F; the rule's id where there is neither.</summary>
    public required string Key { get; init; }

    /// <summary>When the ban or hold ends; MaxValue: when a hand lifts it; null for a rule.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>What the rule's limit compared; null for a rule without one.</summary>
    public CounterReading? Counter { get; init; }

    /// <summary>The rule's verdict as the language names it; <c>continue</c> for none.</summary>
    public required string Outcome { get; init; }

    public required Phase Phase { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>As in replies and logs.</summary>
    public required string DecisionId { get; init; }
}
