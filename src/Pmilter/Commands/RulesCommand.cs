using System.CommandLine;
using Pmilter.Policies.Evaluation;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary><c>pmilter rules</c>: every rule in the order in which it runs.</summary>
internal static class RulesCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("rules", "Lists every rule in order: phase, mode, limit, verdict, place. Example: pmilter rules --format json");
        var site = new SiteOptions();
        var format = new Option<string>("--format") { Description = "text or json", DefaultValueFactory = _ => "text" };
        format.AcceptOnlyFromAmong("text", "json");
        command.Options.Add(site.Configuration);
        command.Options.Add(format);
        command.SetAction(parsed => Run(site.Read(parsed).Checked(terminal), parsed.GetValue(format) == "json", terminal));
        return command;
    }

    private static int Run(ServerSettings options, bool isJson, Terminal terminal)
    {
        var load = new PolicyLoader(options, TimeProvider.System).Load();
        if (load.Set is not { } policies)
        {
            terminal.Show(load.Diagnostics.All);
            return ExitCodes.Usage;
        }

        if (isJson)
        {
            WriteJson(terminal.Output, policies.Rules);
        }
        else
        {
            WriteTable(terminal.Output, policies.Rules);
        }

        return ExitCodes.Ok;
    }

    private static void WriteTable(TextWriter output, IEnumerable<RuleSummary> rules)
    {
        var table = new TextTable("PHASE", "POLICY", "RULE", "MODE", "VERDICT", "LIMIT", "WHERE");
        foreach (var rule in rules)
        {
            table.Add(Word(rule.Phase), rule.Rule.Policy, rule.Rule.Id, Word(rule.Rule.Mode), rule.Outcome, rule.Limit.Length > 0 ? rule.Limit : "-", rule.Rule.Span.FileAndLine);
        }

        table.Write(output);
    }

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
