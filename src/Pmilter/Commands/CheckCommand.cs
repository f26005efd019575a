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

    private static int Run(ServerOptions options, DiagnosticFormat format, Terminal terminal)
    {
        var load = new PolicyLoader(options, TimeProvider.System).Load();
        terminal.Output.Write(DiagnosticRenderer.Render(load.Diagnostics.All, format));
        var rules = load.Set is { } set ? string.Create(CultureInfo.InvariantCulture, $" {load.Sources.Count} policies, {set.Rules.Count} rules, revision {set.Revision}.") : " Nothing would be loaded.";
        terminal.Error.WriteLine(DiagnosticRenderer.Summary(load.Diagnostics.All) + rules);
        return load.Set is null ? ExitCodes.Findings : ExitCodes.Ok;
    }

    private static DiagnosticFormat FormatOf(string word) => word switch
    {
        "json" => DiagnosticFormat.Json,
        "sarif" => DiagnosticFormat.Sarif,
        "github" => DiagnosticFormat.GitHub,
        _ => DiagnosticFormat.Text,
    };
}
