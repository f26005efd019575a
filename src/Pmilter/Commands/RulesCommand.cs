using System.CommandLine;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Syntax;
using Pmilter.Screen;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary><c>pmilter rules</c>: every rule in the order in which it runs.</summary>
internal static class RulesCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("rules", "Lists every rule in order: phase, mode, limit, verdict, place. With --asks: what the MTA is asked for, and because of which rules. Example: pmilter rules --asks");
        var site = new SiteOptions();
        var format = new Option<string>("--format") { Description = "text or json", DefaultValueFactory = _ => "text" };
        var asks = new Option<bool>("--asks") { Description = "what of a message the MTA must send and wait for, and which rules want it" };
        format.AcceptOnlyFromAmong("text", "json");
        command.Options.Add(site.Configuration);
        command.Options.Add(asks);
        command.Options.Add(format);
        command.SetAction(parsed => Run(site.Read(parsed).Checked(terminal), parsed.GetValue(asks), parsed.GetValue(format) == "json", terminal));
        return command;
    }

    private static int Run(ServerSettings options, bool asks, bool isJson, Terminal terminal)
    {
        var load = new PolicyLoader(options, TimeProvider.System) { TellsNeeds = asks }.Load();
        if (load.Set is not { } policies)
        {
            terminal.Error.WriteDiagnostics(load.Diagnostics.All);
            return ExitCodes.Usage;
        }

        if (asks)
        {
            AsksPage.Write(terminal.Output, policies, isJson);
        }
        else if (isJson)
        {
            WriteJson(terminal.Output, policies.Rules);
        }
        else
        {
            WriteTable(terminal.Output, policies.Rules);
        }

        return ExitCodes.Ok;
    }

    private static void WriteTable(Page output, IEnumerable<RuleSummary> rules)
    {
        var table = new TextTable("PHASE", "POLICY", "RULE", "MODE", "VERDICT", "LIMIT", "WHERE") { Yielding = [5, 1, 6] };
        foreach (var rule in rules)
        {
            table.Add(Word(rule.Phase), rule.Rule.Policy, Toned.Strong(rule.Rule.Id), ModeOf(rule.Rule.Mode), Toned.Verdict(rule.Outcome), rule.Limit.Length > 0 ? rule.Limit : "-", Toned.Dim(rule.Rule.Span.FileAndLine));
        }

        table.Write(output);
    }

    private static Toned ModeOf(PolicyMode mode) => new(Word(mode), mode switch { PolicyMode.Monitor => Tone.Warning, PolicyMode.Off => Tone.Dim, _ => Tone.Plain });

    private static void WriteJson(TextWriter output, IEnumerable<RuleSummary> rules) => JsonOutput.Write(output, json =>
    {
        json.WriteStartArray();
        foreach (var rule in rules)
        {
            json.WriteStartObject();
            json.WriteString("policy", rule.Rule.Policy);
            json.WriteString("rule", rule.Rule.Id);
            json.WriteString("phase", Word(rule.Phase));
            json.WriteString("mode", Word(rule.Rule.Mode));
            json.WriteString("condition", rule.Condition);
            json.WriteString("limit", rule.Limit);
            json.WriteString("verdict", rule.Outcome);
            json.WriteString("description", rule.Description);
            json.WriteString("file", rule.Rule.Span.Source.Path);
            json.WriteNumber("line", rule.Rule.Span.Line);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
