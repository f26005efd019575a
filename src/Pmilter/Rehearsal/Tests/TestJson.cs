using System.Text.Json;

namespace Pmilter.Rehearsal.Tests;

/// <summary>A test run for scripts: <c>pmilter test --format json</c>.</summary>
internal static class TestJson
{
    public static void Write(Utf8JsonWriter json, TestRun run, TimeSpan took)
    {
        json.WriteStartObject();
        json.WriteNumber("passed", run.Outcomes.Count - run.Failed);
        json.WriteNumber("failed", run.Failed);
        json.WriteNumber("messages", run.Outcomes.Sum(outcome => outcome.Messages));
        json.WriteNumber("seconds", Math.Round(took.TotalSeconds, 3));
        json.WriteNumber("rules", run.Rules.Count);
        json.WriteNumber("coverage", Math.Round(run.Coverage, 4));
        json.WriteStartArray("tests");
        foreach (var outcome in run.Outcomes)
        {
            Write(json, outcome);
        }

        json.WriteEndArray();
        json.WriteStartArray("never_fired");
        foreach (var rule in run.NeverFired)
        {
            json.WriteStartObject();
            json.WriteString("policy", rule.Rule.Policy);
            json.WriteString("rule", rule.Rule.Id);
            json.WriteString("file", rule.Rule.Span.Source.Path);
            json.WriteNumber("line", rule.Rule.Span.Line);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Of <c>--mutate</c>.</summary>
    public static void Write(Utf8JsonWriter json, int changes, IReadOnlyCollection<PolicyMutation> survivors)
    {
        json.WriteStartObject();
        json.WriteNumber("changes", changes);
        json.WriteNumber("noticed", changes - survivors.Count);
        json.WriteStartArray("not_noticed");
        foreach (var survivor in survivors)
        {
            json.WriteStartObject();
            json.WriteString("place", survivor.Place);
            json.WriteString("change", survivor.What);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TestOutcome outcome)
    {
        json.WriteStartObject();
        json.WriteString("name", outcome.Test.Name.Value);
        json.WriteString("file", outcome.File.Source.Path);
        json.WriteNumber("line", outcome.Test.Name.Span.Line);
        json.WriteBoolean("passed", outcome.HasPassed);
        json.WriteNumber("messages", outcome.Messages);
        json.WriteStartArray("failures");
        foreach (var failure in outcome.Failures)
        {
            json.WriteStartObject();
            json.WriteNumber("message", failure.Number);
            json.WriteString("at", failure.Played.At.UtcDateTime);
            json.WriteNumber("line", failure.Line);
            json.WriteString("what", failure.What);
            json.WriteString("expected", failure.Expected);
            json.WriteString("found", failure.Found);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
