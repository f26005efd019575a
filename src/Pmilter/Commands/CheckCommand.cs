using System.CommandLine;
using System.Globalization;
using Pmilter.Policies.Text;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary><c>pmilter check</c>: everything that is wrong, at once.</summary>
internal static class CheckCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "check",
            "Shows every mistake in pmilter.yaml and all policies at once. Ends with 0 when there is none (warnings do not count), 1 with errors, 2 when it cannot read them. "
            + "Example: pmilter check --format github");
        var site = new SiteOptions();
        var format = new Option<string>("--format") { Description = "text, json, sarif or github", DefaultValueFactory = _ => "text" };
        format.AcceptOnlyFromAmong("text", "json", "sarif", "github");
        command.Options.Add(site.Configuration);
        command.Options.Add(format);
        command.SetAction(parsed => Run(site.Read(parsed), FormatOf(parsed.GetValue(format)!), terminal));
        return command;
    }

    private static int Run(Site site, DiagnosticFormat format, Terminal terminal)
    {
        var load = new PolicyLoader(site.Settings, TimeProvider.System).Load();
        IReadOnlyList<Diagnostic> all = [.. site.Diagnostics.All, .. load.Diagnostics.All];
        terminal.Output.Write(DiagnosticRenderer.Render(all, format));
        var isGood = load.Set is not null && !site.Diagnostics.HasErrors;
        var sum = load.Set is { } set && isGood
            ? string.Create(CultureInfo.InvariantCulture, $"{Counted(load.Sources.Count, "policy", "policies")}, {Counted(set.Rules.Count, "rule", "rules")}, revision {set.Revision}.")
            : "Nothing would be loaded.";
        terminal.Error.WriteLine($"{DiagnosticRenderer.Summary(all)} {sum}");
        return isGood ? ExitCodes.Ok : ExitCodes.Findings;
    }

    private static string Counted(int count, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");

    private static DiagnosticFormat FormatOf(string word) => word switch
    {
        "json" => DiagnosticFormat.Json,
        "sarif" => DiagnosticFormat.Sarif,
        "github" => DiagnosticFormat.GitHub,
        _ => DiagnosticFormat.Text,
    };
}
