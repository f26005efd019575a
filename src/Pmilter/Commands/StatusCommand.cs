using System.CommandLine;
using System.Globalization;
using Pmilter.Admin.Status;
using Pmilter.Screen;

namespace Pmilter.Commands;

/// <summary><c>pmilter status</c>: how the running server is, in one look.</summary>
internal static class StatusCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "status",
            "How the running server is: policies in force, sessions, state, country data, Ruby, the last reload. Ends with 1 when something is degraded. Example: pmilter status --format json");
        var options = new AdminOptions(command);
        command.SetAction((parsed, stop) => options.AskAsync(
            parsed,
            terminal,
            client => client.GetAsync("status", StatusJson.Default.StatusAnswer, stop),
            StatusJson.Default.StatusAnswer,
            answer => new StatusPage(terminal.Output).Write(answer),
            answer => answer.Degraded ? ExitCodes.Findings : ExitCodes.Ok));
        return command;
    }
}

/// <summary>A line a thing; what is wrong at the end, in words.</summary>
internal sealed class StatusPage(Page output)
{
    private readonly TextTable _table = new("WHAT", "STATE");

    public void Write(StatusAnswer answer)
    {
        var server = answer.Server;
        Add("server", Invariant($"pmilter {server.Version}, up {StateText.Span(TimeSpan.FromSeconds(server.UptimeSeconds))} since {Time(server.Since)}, {Count(server.Sessions, "session")} open"));
        if (server.EndingProcess is { } ending)
        {
            Add("take-over", Invariant($"process {ending}, from which this one took over, still has sessions; it ends with the last"));
        }

        foreach (var listener in answer.Listeners)
        {
            // Without a name of its own it is called as its address is written.
            var name = listener.Name.Contains(':', StringComparison.Ordinal) ? string.Empty : $"{listener.Name} ";
            Add("listener", Invariant($"{name}{listener.Address}, {Count(listener.Sessions, "session")} open, {StateText.Number(listener.Accepted)} since the start"));
        }

        Write(answer.Policies);
        Add("state", answer.State.Degraded ? Toned.Bad($"{answer.State.Store}, which does not answer: local for now") : answer.State.Store);
        foreach (var database in answer.Geoip)
        {
            var text = Invariant($"{database.Content} {database.Path}, {(int)database.AgeDays} days old");
            Add("geoip", database.Error.Length > 0 ? Toned.Bad($"{text}; {database.Error}") : database.Old ? Toned.Warning(text) : text);
        }

        Write(answer.Safety);
        Write(answer.Ruby);
        _table.Write(output);
        foreach (var trouble in answer.Troubles)
        {
            output.PutLine(Toned.Bad("degraded:"), $" {Policies.Text.DisplayText.Clean(trouble)}");
        }
    }

    private void Write(PoliciesStatus policies)
    {
        Add("policies", Invariant($"revision {policies.Revision} since {Time(policies.Since)}, {Count(policies.Policies, "policy", "policies")}, {Count(policies.Rules, "rule")}"));
        foreach (var older in policies.Sessions.Skip(1))
        {
            Add("older", Invariant($"revision {older.Revision}, {Count(older.Sessions, "session")} that cannot follow yet; 'pmilter reload --cut' turns them away"));
        }

        if (policies.Reload is { } reload)
        {
            Add("reload", reload.Replaced ? Toned.Good($"went well {Time(reload.At)}") : Toned.Bad($"failed {Time(reload.At)}: revision {policies.Revision} stays in force"));
        }
    }

    private void Write(Safety.SafetyStatus safety)
    {
        foreach (var lowered in safety.Lowered)
        {
            Add("mode", Toned.Warning($"{lowered.Rule} in monitor until {Time(lowered.Until)}, by {By(lowered.By, lowered.Reason)}"));
        }

        foreach (var blown in safety.Blown)
        {
            Add("fuse", Toned.Bad(Invariant($"{blown.Rule} in monitor since {Time(blown.Since)}: {blown.Refused} of {blown.Messages} messages{(blown.Server.Length > 0 ? $", at {blown.Server}" : string.Empty)}")));
        }

        foreach (var block in safety.Blocks)
        {
            Add("block", Toned.Warning($"{block.Id} {(block.Rejects ? "rejects" : "refuses for now")} {string.Join(' ', block.Conditions)} until {Time(block.Until)}, by {By(block.By, block.Reason)}"));
        }
    }

    private static string By(string who, string reason) => Policies.Text.DisplayText.Clean(reason.Length > 0 ? $"{who}: {reason}" : who);

    private void Write(RubyWorkersStatus ruby)
    {
        if (!ruby.Started)
        {
            Add("ruby", Toned.Dim("not needed: no policy has a handler"));
            return;
        }

        var text = Invariant($"{ruby.Alive} of {Count(ruby.Workers, "worker")} alive, {ruby.Busy} busy, {Count(ruby.Waiting, "call")} waiting, {Count(ruby.Restarts, "restart")}");
        Add("ruby", ruby.Failure.Length > 0 ? Toned.Bad($"{text}; the last start failed") : text);
        foreach (var script in ruby.Resting)
        {
            Add("script", Toned.Bad($"{script.Script} rests since {Time(script.Since)}: {script.Reason}"));
        }
    }

    private void Add(string what, Toned state) => _table.Add(what, state);

    private static string Time(DateTimeOffset time) => $"{time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}Z";

    private static string Count(long number, string one, string? many = null) => $"{StateText.Number(number)} {(number == 1 ? one : many ?? $"{one}s")}";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
