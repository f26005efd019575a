using Pmilter.Policies.Evaluation;

namespace Pmilter.Rehearsal.Tests;

/// <summary>One expectation that was not met.</summary>
/// <param name="Number">The message, from 1, counted over the whole test.</param>
/// <param name="Line">Of the entry in the file.</param>
/// <param name="What">What was looked at: <c>verdict</c>.</param>
/// <param name="Played">What became of the message.</param>
internal sealed record TestFailure(int Number, int Line, string What, string Expected, string Found, PlayedMessage Played);

/// <summary>One test that has run.</summary>
internal sealed record TestOutcome(PolicyTestFile File, PolicyTest Test, IReadOnlyList<TestFailure> Failures, int Messages, TimeSpan Took)
{
    public bool HasPassed => Failures.Count == 0;

    public string Place => Test.Name.Span.FileAndLine;
}

/// <summary>All of them.</summary>
/// <param name="Rules">Every rule that is not off, of the policies that count.</param>
/// <param name="Fired">Places of rules that fired in some test.</param>
internal sealed record TestRun(IReadOnlyList<TestOutcome> Outcomes, IReadOnlyList<RuleSummary> Rules, IReadOnlySet<string> Fired)
{
    public int Failed => Outcomes.Count(outcome => !outcome.HasPassed);

    public IReadOnlyList<RuleSummary> NeverFired { get; } = [.. Rules.Where(rule => !Fired.Contains(rule.Rule.Span.FileAndLine))];

    /// <summary>0 to 1; 1 where there is no rule.</summary>
    public double Coverage => Rules.Count == 0 ? 1 : 1 - ((double)NeverFired.Count / Rules.Count);
}
