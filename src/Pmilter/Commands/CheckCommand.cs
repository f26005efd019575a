using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Pmilter.Effects.Dns;
using Pmilter.Policies.Text;
using Pmilter.Screen;
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
        command.SetAction((parsed, _) => RunAsync(site.Read(parsed), FormatOf(parsed.GetValue(format)!), terminal));
        return command;
    }

    private static async Task<int> RunAsync(Site site, DiagnosticFormat format, Terminal terminal)
    {
        var load = new PolicyLoader(site.Settings, TimeProvider.System).Load();
        if (load.Set is { } policies)
        {
            await using var scripts = new ServerScripts(site.Settings.Ruby, TimeProvider.System, NullLoggerFactory.Instance);
            await scripts.CheckAsync(policies, load.Diagnostics).ConfigureAwait(false);
        }

        if (load.Set is { Lookups.Count: > 0 } asking && site.Settings.Dns.Servers.Count == 0 && DnsNameService.SystemServers().Count == 0)
        {
            terminal.Error.Line($"The policies ask the DNS ({asking.Lookups[0]}), and neither dns.servers nor /etc/resolv.conf names a resolver: every look-up would fail.");
        }

        IReadOnlyList<Diagnostic> all = [.. site.Diagnostics.All, .. load.Diagnostics.All];
        if (format == DiagnosticFormat.Text)
        {
            terminal.Output.WriteDiagnostics(all);
        }
        else
        {
            await terminal.Output.WriteAsync(DiagnosticRenderer.Render(all, format)).ConfigureAwait(false);
        }

        if (load.Set is { } checkedSet && site.Settings.Engine.Protection.Recipients is { Count: > 0 } recipients
            && checkedSet.Rules.Where(rule => rule.ReachesProtectedRecipients).Select(rule => $"{rule.Rule.Policy}/{rule.Rule.Id}").ToArray() is { Length: > 0 } reaching)
        {
            terminal.Error.Line($"Mail for {string.Join(", ", recipients)} may still be refused, before its recipients are known or as the rule says, by {string.Join(", ", reaching)}.");
        }

        var isGood = load.Set is not null && !load.Diagnostics.HasErrors && !site.Diagnostics.HasErrors;
        var sum = load.Set is { } set && isGood
            ? string.Create(CultureInfo.InvariantCulture, $"{Counted(load.Sources.Count, "policy", "policies")}, {Counted(set.Rules.Count, "rule", "rules")}, revision {set.Revision}.")
            : "Nothing would be loaded.";
        terminal.Error.Line($"{DiagnosticPage.Summary(all)} {sum}");
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
