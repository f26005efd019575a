using System.Globalization;
using Pmilter.Policies.Evaluation.Tracing;
using Pmilter.Policies.Mail;
using Pmilter.Rehearsal.Explanations;

namespace Pmilter.Rehearsal.Tests;

/// <summary>What a person reads of a test run.</summary>
internal sealed class TestReport(TextWriter output)
{
    /// <summary>What went wrong first is what matters.</summary>
    private const int MostMessages = 3;

    public void Failed(TestOutcome outcome)
    {
        output.WriteLine($"FAILED   {outcome.Place}  {outcome.Test.Name.Value}");
        var messages = outcome.Failures.GroupBy(failure => failure.Number).ToArray();
        foreach (var message in messages.Take(MostMessages))
        {
            var first = message.First();
            var at = first.Played.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  message {first.Number} at {at} (line {first.Line})"));
            foreach (var failure in message)
            {
                output.WriteLine($"    {failure.What}: expected {failure.Expected}, found {failure.Found}");
            }

            foreach (var line in Reasons(first.Played))
            {
                output.WriteLine($"    {line}");
            }
        }

        if (messages.Length > MostMessages)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  and {messages.Length - MostMessages} further messages"));
        }
    }

    public void Sum(TestRun run, TimeSpan took)
    {
        foreach (var rule in run.NeverFired)
        {
            output.WriteLine($"never fired: {rule.Rule.Span.FileAndLine} {rule.Rule.Id}");
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{run.Outcomes.Count} tests, {run.Outcomes.Count - run.Failed} passed, {run.Failed} failed; {run.Outcomes.Sum(o => o.Messages)} messages in {took.TotalSeconds:0.0} s; {run.Rules.Count - run.NeverFired.Count} of {run.Rules.Count} rules fired ({run.Coverage * 100:0} %)."));
    }

    /// <summary>What explains it: the rule that decided, else each that was near.</summary>
    private static IEnumerable<string> Reasons(PlayedMessage played)
    {
        var final = played.Final;
        if (final.Decision.Rule is { } decided && final.Rules.FirstOrDefault(rule => ReferenceEquals(rule.Rule, decided)) is { } rule)
        {
            yield return $"{Word(final.Phase)} {rule.Outcome} by {decided.Id}, {decided.Span.FileAndLine}";
            foreach (var line in ExplanationLines.Why(rule))
            {
                yield return $"  {line}";
            }

            yield break;
        }

        foreach (var (phase, missed) in played.Events.SelectMany(e => e.Rules.Select(r => (e.Phase, Rule: r))).Where(r => r.Rule.State != RuleState.NotReached).DistinctBy(r => r.Rule.Rule.Span).TakeLast(6))
        {
            yield return missed.HasMatched
                ? $"{Word(phase)} {missed.Rule.Id} matched, {missed.Rule.Span.FileAndLine}"
                : $"{Word(phase)} {missed.Rule.Id} did not match, {missed.Rule.Span.FileAndLine}: {ExplanationLines.WhyNot(missed)}";
        }
    }

    private static string Word(Phase phase) => phase.ToString().ToLowerInvariant();
}
