using System.Text.Json.Serialization;

namespace Pmilter.Reloading;

/// <summary>One load of policies, as <c>history.jsonl</c> keeps it.</summary>
/// <param name="At">When.</param>
/// <param name="Revision">What came into force; what stayed in force, where the load was refused.</param>
/// <param name="Cause"><c>start</c>, <c>signal</c>, <c>files</c> or <c>command</c>.</param>
/// <param name="IsGood">False: the policies on disk were refused.</param>
/// <param name="Rules">How many the revision has.</param>
/// <param name="Reason">Why it was refused; else empty.</param>
/// <param name="Differences">From the revision before.</param>
internal sealed record HistoryLine(DateTimeOffset At, string Revision, string Cause, [property: JsonPropertyName("good")] bool IsGood, int Rules, string Reason, IReadOnlyList<string> Differences)
{
    public static HistoryLine Of(ReloadReport report, int rules) => new(
        report.At, report.Revision, report.Cause.ToString().ToLowerInvariant(), report.IsGood, rules, report.Reason ?? string.Empty, report.Differences);
}

/// <summary>The server's modes that a revision was loaded with.</summary>
internal sealed record KeptModes(IReadOnlyDictionary<string, string> Modes);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(HistoryLine))]
[JsonSerializable(typeof(KeptModes))]
[JsonSerializable(typeof(IReadOnlyList<HistoryLine>))]
internal sealed partial class RevisionJson : JsonSerializerContext;
