namespace Pmilter.Policies.Evaluation;

/// <summary>
/// What became of a rule since the server runs it: an atomic addition where something happened, nothing where nothing did. Policies that
/// replace others go on with the tallies of rules that keep their policy, id and mode, so that no reload loses an event.
/// </summary>
public sealed class RuleTally(RuleReference rule)
{
    private static readonly string[] Words = ["continue", "allow", "accept", "tempfail", "reject", "discard", "quarantine", "skip"];

    private readonly long[] _hits = new long[Words.Length];
    private long _nearLimit;
    private long _unless;
    private long _errors;

    /// <summary>The rule as it was first tallied; only its policy, id and mode are meant.</summary>
    public RuleReference Rule { get; } = rule;

    /// <summary>Verdicts that rules have, in words.</summary>
    public static IReadOnlyList<string> Outcomes => Words;

    /// <summary>Events whose count was over 80 % of the rule's limit and not over it.</summary>
    public long NearLimit => Volatile.Read(ref _nearLimit);

    /// <summary>Events that fulfilled the rule's <c>when</c> and were let off by its <c>unless</c>.</summary>
    public long Unless => Volatile.Read(ref _unless);

    /// <summary>Events that the rule could not decide: a fact was missing, a step or a handler failed.</summary>
    public long Errors => Volatile.Read(ref _errors);

    /// <summary>How often it fired and came to a verdict: <c>continue</c> where it has none; for a monitor rule what it would have done.</summary>
    /// <param name="outcome">Place in <see cref="Outcomes"/>.</param>
    public long Hits(int outcome) => Volatile.Read(ref _hits[outcome]);

    /// <summary>Where a word stands in <see cref="Outcomes"/>; that of <c>continue</c> for one that is no verdict.</summary>
    public static int PlaceOf(string outcome) => Math.Max(Array.IndexOf(Words, outcome), 0);

    internal void Hit(string outcome) => Interlocked.Increment(ref _hits[PlaceOf(outcome)]);

    internal void AlmostAtLimit() => Interlocked.Increment(ref _nearLimit);

    internal void LetOff() => Interlocked.Increment(ref _unless);

    internal void Failed() => Interlocked.Increment(ref _errors);
}
