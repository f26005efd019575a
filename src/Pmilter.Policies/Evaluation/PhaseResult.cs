using Pmilter.Protocol.Replies;

namespace Pmilter.Policies.Evaluation;

/// <summary>What the rules of a phase came to. Rule null: none decided.</summary>
internal readonly record struct PhaseResult(RuleReference? Rule, Verdict Verdict, string Outcome)
{
    public static PhaseResult None => new(null, Verdict.Continue, "continue");

    public string? QuarantineReason { get; init; }

    public bool IsSuppressed { get; init; }

    public bool IsSkip { get; init; }

    /// <summary>An <c>allow</c> of one file: others go on.</summary>
    public bool EndsOnlyFile { get; init; }

    /// <summary>What the rule's limit compared.</summary>
    public CounterReading? Counter { get; init; }

    public bool IsRefusal => Verdict.Kind is VerdictKind.Tempfail or VerdictKind.Reject or VerdictKind.Discard;
}
