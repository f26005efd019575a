using System.Globalization;
using Pmilter.Policies.Evaluation.Tracing;
using Pmilter.Policies.Mail;
using Pmilter.Rehearsal.Explanations;
using Pmilter.Screen;

namespace Pmilter.Rehearsal.Tests;

/// <summary>What a person reads of a test run.</summary>
internal sealed class TestReport(Page output)
{
    /// <summary>What went wrong first is what matters.</summary>
    private const int MostMessages = 3;

    public void Failed(TestOutcome outcome)
    {
        output.Line($"{Toned.Bad("FAILED")}   {Toned.Dim(outcome.Place)}  {Toned.Strong(outcome.Test.Name.Value)}");
        var messages = outcome.Failures.GroupBy(failure => failure.Number).ToArray();
        foreach (var message in messages.Take(MostMessages))
        {
            var first = message.First();
            var at = first.Played.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
            output.Line($"  message {first.Number} at {at} (line {first.Line})");
            foreach (var failure in message)
            {
                output.Line($"    {failure.What}: expected {Toned.Good(failure.Expected)}, found {Toned.Bad(failure.Found)}");
            }

            foreach (var line in Reasons(first.Played))
            {
                output.Line($"    {line}");
            }
        }

        if (messages.Length > MostMessages)
        {
            output.Line($"  and {messages.Length - MostMessages} further messages");
        }
    }

    public void Sum(TestRun run, TimeSpan took)
    {
        foreach (var rule in run.NeverFired)
        {
            output.Line($"{Toned.Warning("never fired:")} {Toned.Dim(rule.Rule.Span.FileAndLine)} {Toned.Strong(rule.Rule.Id)}");
        }

        var passed = string.Create(CultureInfo.InvariantCulture, $"{run.Outcomes.Count - run.Failed} passed");
        var failed = string.Create(CultureInfo.InvariantCulture, $"{run.Failed} failed");
        var fired = string.Create(CultureInfo.InvariantCulture, $"{run.Rules.Count - run.NeverFired.Count} of {run.Rules.Count} rules fired ({run.Coverage * 100:0} %)");
        output.Line($"{run.Outcomes.Count} tests, {Toned.Good(passed)}, {new Toned(failed, run.Failed > 0 ? Tone.Bad : Tone.Plain)}; {run.Outcomes.Sum(o => o.Messages)} messages in {took.TotalSeconds:0.0} s; {new Toned(fired, run.NeverFired.Count > 0 ? Tone.Warning : Tone.Good)}.");
    }

    /// <summary>Of <c>--mutate</c>.</summary>
    public void Sum(int changes, IReadOnlyCollection<PolicyMutation> survivors)
    {
        foreach (var survivor in survivors)
        {
            output.Line($"{Toned.Warning("not noticed:")} {Toned.Dim(survivor.Place)}: {survivor.What}");
        }

        var unnoticed = string.Create(CultureInfo.InvariantCulture, $"{survivors.Count} not");
        output.Line($"{changes} changes, {changes - survivors.Count} noticed, {new Toned(unnoticed, survivors.Count > 0 ? Tone.Warning : Tone.Good)}.");
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
