using Pmilter.Policies.Evaluation;
using Pmilter.Protocol.Negotiation;
using Pmilter.Screen;

namespace Pmilter.Commands;

/// <summary><c>pmilter rules --asks</c>: what of a message crosses the socket, where the MTA waits, and which rules want that.</summary>
internal static class AsksPage
{
    private const int Shown = 3;
    private const string Authentication = "auth.check";

    private static readonly (string Name, MilterEvents Event)[] Events =
    [
        ("connect", MilterEvents.Connect), ("helo", MilterEvents.Helo), ("mail", MilterEvents.Mail), ("rcpt", MilterEvents.Rcpt), ("data", MilterEvents.Data),
        ("header fields", MilterEvents.Header), ("end of headers", MilterEvents.EndOfHeaders), ("body", MilterEvents.Body), ("unknown commands", MilterEvents.Unknown),
    ];

    private static readonly (string Name, MilterActions Action)[] Actions =
    [
        ("add header fields", MilterActions.AddHeaders), ("change header fields", MilterActions.ChangeHeaders), ("replace the body", MilterActions.ChangeBody),
        ("change the sender", MilterActions.ChangeSender), ("add recipients", MilterActions.AddRecipients | MilterActions.AddRecipientsWithArguments),
        ("delete recipients", MilterActions.DeleteRecipients), ("quarantine", MilterActions.Quarantine),
    ];

    public static void Write(Page output, PolicySet policies, bool isJson)
    {
        var asked = Asked(policies).ToArray();
        if (isJson)
        {
            WriteJson(output, asked);
            return;
        }

        var table = new TextTable("WHAT", "ASKED FOR", "MTA WAITS", "BECAUSE OF") { Yielding = [3] };
        foreach (var row in asked)
        {
            table.Add(
                Toned.Strong(row.What),
                row.IsAsked ? "yes" : Toned.Dim("no"),
                row.Waits is { } waits ? (waits ? "yes" : Toned.Dim("no")) : Toned.Dim("-"),
                row.Rules.Count == 0 ? Toned.Dim(row.IsAsked ? row.Else : "no rule") : Names(row.Rules));
        }

        table.Write(output);
    }

    private static IEnumerable<Row> Asked(PolicySet policies)
    {
        var whole = policies.Requirements;
        foreach (var (name, milterEvent) in Events)
        {
            var isForTheLog = milterEvent is MilterEvents.Connect or MilterEvents.Mail && policies.Rules.Count > 0;
            yield return new Row(
                name,
                whole.Events.HasFlag(milterEvent) || isForTheLog,
                whole.Replies.HasFlag(milterEvent),
                RulesThat(needs => needs.Replies.HasFlag(milterEvent)) is { Count: > 0 } answering ? answering : RulesThat(needs => needs.Events.HasFlag(milterEvent)),
                whole.Events.HasFlag(milterEvent) ? Authentication : "the log");
        }

        yield return new Row("end of message", IsAsked: true, Waits: true, [], "it always has the last word");
        if (whole.RejectedRecipients)
        {
            yield return new Row("recipients that the MTA refused", IsAsked: true, null, RulesThat(needs => needs.RejectedRecipients), string.Empty);
        }

        foreach (var (stage, macros) in whole.Macros.OrderBy(stage => stage.Key))
        {
            foreach (var macro in macros)
            {
                var name = macro.StartsWith('{') || macro.Length == 1 ? macro : $"{{{macro}}}";
                yield return new Row($"macro {name} at {Word(stage)}", IsAsked: true, null, RulesThat(needs => needs.Macros.TryGetValue(stage, out var own) && own.Contains(macro, StringComparer.Ordinal)), string.Empty);
            }
        }

        foreach (var (name, action) in Actions.Where(action => (whole.Actions & action.Action) != MilterActions.None))
        {
            yield return new Row($"may {name}", IsAsked: true, null, RulesThat(needs => (needs.Actions & action) != MilterActions.None), Authentication);
        }

        IReadOnlyList<string> RulesThat(Func<Requirements, bool> want) => [.. policies.NeedsByRule.Where(rule => want(rule.Needs)).Select(rule => $"{rule.Rule.Policy}/{rule.Rule.Id}")];
    }

    private static string Names(IReadOnlyList<string> rules) =>
        rules.Count <= Shown ? string.Join(", ", rules) : $"{string.Join(", ", rules.Take(Shown))} and {rules.Count - Shown} more";

    private static string Word(MacroStage stage) => stage.ToString().ToLowerInvariant();

    private static void WriteJson(TextWriter output, Row[] asked) => JsonOutput.Write(output, json =>
    {
        json.WriteStartArray();
        foreach (var row in asked)
        {
            json.WriteStartObject();
            json.WriteString("what", row.What);
            json.WriteBoolean("asked", row.IsAsked);
            if (row.Waits is { } waits)
            {
                json.WriteBoolean("waits", waits);
            }

            json.WriteStartArray("rules");
            foreach (var rule in row.Rules)
            {
                json.WriteStringValue(rule);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <param name="Waits">Null where there is nothing to wait for.</param>
    /// <param name="Else">Why it is asked for where no rule wants it.</param>
    private sealed record Row(string What, bool IsAsked, bool? Waits, IReadOnlyList<string> Rules, string Else);
}
