using System.CommandLine;
using System.Globalization;
using Pmilter.Admin;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary><c>pmilter mode</c>: puts a rule, or all, in monitor for a while, in the running server.</summary>
internal static class ModeCommand
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(31);

    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "mode",
            "Puts a rule of the running server in monitor for a while: it refuses nobody, and the log says what it would have done. 'enforce' ends that before its time; "
            + "no rule becomes stronger than its file says. It outlasts reloads and restarts. Example: pmilter mode bulk_same_from monitor --for 1h");
        var rule = new Argument<string>("RULE") { Description = "policy/rule, the rule alone where that is clear, or all" };
        var mode = new Argument<string>("MODE") { Description = "monitor or enforce" };
        mode.AcceptOnlyFromAmong("monitor", "enforce");
        var span = new Option<string?>("--for") { Description = "how long it stays in monitor: 30m, 4h, 2d" };
        var reason = new Option<string>("--reason") { Description = "why; shown in the log and by 'pmilter status'", DefaultValueFactory = _ => string.Empty };
        command.Arguments.Add(rule);
        command.Arguments.Add(mode);
        command.Options.Add(span);
        command.Options.Add(reason);
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) =>
        {
            var isMonitor = parsed.GetValue(mode) == "monitor";
            var query = isMonitor ? $"&mode=monitor{Span(parsed.GetValue(span))}&reason={Uri.EscapeDataString(parsed.GetValue(reason)!)}"
                : parsed.GetValue(span) is null ? "&mode=enforce"
                : throw new ServerStartException("enforce only ends a time in monitor, so that --for has no meaning with it; leave it out.");
            return options.AskAsync(
                parsed,
                terminal,
                client => client.PostAsync($"mode{AdminOptions.Query(parsed.GetValue(rule)!, [])}{query}{OperatorName.Query}", AdminJson.Default.SafetyAnswer, stop),
                AdminJson.Default.SafetyAnswer,
                answer => SafetyPage.Write(answer, terminal));
        });
        return command;
    }

    /// <summary><c>&amp;seconds=3600</c></summary>
    /// <exception cref="ServerStartException">It is missing, or no duration.</exception>
    public static string Span(string? written)
    {
        var span = DurationOption.Read("--for", written ?? throw new ServerStartException("How long? Give --for 1h: what is changed by hand ends by itself."), Longest);
        return span >= TimeSpan.FromSeconds(1)
            ? string.Create(CultureInfo.InvariantCulture, $"&seconds={Math.Floor(span.TotalSeconds):0}")
            : throw new ServerStartException("--for is at least 1s.");
    }
}
