using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Syntax;
using Pmilter.Rehearsal;
using Pmilter.Rehearsal.Recorded;
using Pmilter.Rehearsal.Replays;
using Pmilter.Screen;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary><c>pmilter replay</c>: recorded decisions through candidate policies.</summary>
internal sealed class ReplayCommand(Terminal terminal)
{
    private const int MostRows = 20;

    private readonly SiteOptions _site = new();
    private readonly Option<string?> _log = new("--log") { Description = "the decision log or one of its files; default: log.decisions of pmilter.yaml" };
    private readonly Option<string?> _policies = new("--policies") { Description = "the candidate's folder; default: policies.dir" };
    private readonly Option<bool> _isEnforced = new("--enforced") { Description = "each rule in its own mode, whatever policies.mode of pmilter.yaml says" };
    private readonly Option<DateTimeOffset?> _since = new("--since") { Description = "only decisions from this time on" };
    private readonly Option<int> _show = new("--show") { Description = "so many differences one by one", DefaultValueFactory = _ => 0 };
    private readonly Option<string?> _saveTest = new("--save-test") { Description = "write the differences shown (at least one) as tests to this file" };
    private readonly Option<string> _format = new("--format") { Description = "text or json", DefaultValueFactory = _ => "text" };

    public static Command Create(Terminal terminal) => new ReplayCommand(terminal).Create();

    private Command Create()
    {
        var command = new Command(
            "replay",
            "Runs the decision log through policies, in its order and at its times, and shows what they would decide otherwise, by rule, verdict and sender. "
            + "Ends with 0 when nothing differs, 1 when something does. Example: pmilter replay --policies candidate --show 5");
        _format.AcceptOnlyFromAmong("text", "json");
        foreach (var option in new Option[] { _site.Configuration, _log, _policies, _isEnforced, _since, _show, _saveTest, _format })
        {
            command.Options.Add(option);
        }

        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var settings = _site.Read(parsed).Checked(terminal);
        settings = parsed.GetValue(_policies) is { } folder ? settings with { Policies = Path.GetFullPath(folder) } : settings;
        settings = settings with { Modes = Modes(settings.Modes, parsed.GetValue(_isEnforced)) };
        var files = DecisionLogFiles.Find(parsed.GetValue(_log) ?? settings.Log.Decisions);
        var site = RehearsalSite.Open(settings, isReplay: true);
        await using var scripts = new ServerScripts(settings.Ruby, TimeProvider.System, NullLoggerFactory.Instance);
        var set = await site.ServedAsync(scripts, terminal).ConfigureAwait(false);
        var replay = new Replay(set, site.Engine(scripts));
        var kept = Math.Max(parsed.GetValue(_show), parsed.GetValue(_saveTest) is null ? 0 : 1);
        var shown = await PlayAsync(replay, files, parsed.GetValue(_since) ?? DateTimeOffset.MinValue, kept, cancellationToken).ConfigureAwait(false);
        if (parsed.GetValue(_format) == "json")
        {
            JsonOutput.Write(terminal.Output, json => WriteJson(json, replay.Totals, shown, set));
        }
        else
        {
            WriteText(replay.Totals, shown.Take(parsed.GetValue(_show)), set);
        }

        if (parsed.GetValue(_saveTest) is { } path && shown.Count > 0)
        {
            await File.WriteAllTextAsync(path, SavedTest.Of(shown), cancellationToken).ConfigureAwait(false);
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{shown.Count} written to {path}."));
        }

        return replay.Totals.Differences > 0 ? ExitCodes.Findings : ExitCodes.Ok;
    }

    /// <summary>For <c>diff</c>: what the candidate would have decided otherwise, as text.</summary>
    /// <exception cref="ServerStartException">There is no decision log, or the candidate has errors.</exception>
    public async Task<bool> CompareAsync(ServerSettings candidate, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var files = DecisionLogFiles.Find(candidate.Log.Decisions);
        var site = RehearsalSite.Open(candidate with { Modes = Modes(candidate.Modes, isEnforced: false) }, isReplay: true);
        await using var scripts = new ServerScripts(candidate.Ruby, TimeProvider.System, NullLoggerFactory.Instance);
        var set = await site.ServedAsync(scripts, terminal).ConfigureAwait(false);
        var replay = new Replay(set, site.Engine(scripts));
        await PlayAsync(replay, files, since, 0, cancellationToken).ConfigureAwait(false);
        WriteText(replay.Totals, [], set);
        return replay.Totals.Differences > 0;
    }

    /// <summary>Only verdicts are compared: what the server merely monitors need not run.</summary>
    private static Dictionary<string, PolicyMode> Modes(IReadOnlyDictionary<string, PolicyMode> served, bool isEnforced) => isEnforced
        ? new Dictionary<string, PolicyMode>(StringComparer.Ordinal)
        : served.ToDictionary(mode => mode.Key, mode => mode.Value == PolicyMode.Monitor ? PolicyMode.Off : mode.Value, StringComparer.Ordinal);

    private async Task<List<ReplayDifference>> PlayAsync(Replay replay, IReadOnlyList<string> files, DateTimeOffset since, int keep, CancellationToken cancellationToken)
    {
        var all = files.Sum(file => new FileInfo(file).Length);
        var shown = new List<ReplayDifference>();
        var feed = DecisionFeed.ReadAsync(files, replay.Stage, at => terminal.Progress(at / 1024, all / 1024, "kB replayed"), cancellationToken);
        await foreach (var batch in feed.ConfigureAwait(false))
        {
            foreach (var line in batch)
            {
                if (line is not { } fed)
                {
                    replay.Totals.Unreadable++;
                }
                else if (fed.Decision.Time >= since && await replay.PlayAsync(fed).ConfigureAwait(false) is { } difference && shown.Count < keep)
                {
                    shown.Add(difference);
                }
            }
        }

        return shown;
    }

    private void WriteText(ReplayTotals totals, IEnumerable<ReplayDifference> shown, PolicySet set)
    {
        WriteTable(["THEN", "NOW", "COUNT"], totals.Verdicts.Select(v => new[] { v.Then, v.Now, Number(v.Count) }));
        WriteTable(["RULE", "NOW, NOT THEN", "THEN, NOT NOW"], totals.Rules.Select(r => new[] { r.Rule, Number(r.More), Number(r.Less) }));
        WriteTable(["SENDER", "DIFFERENCES"], totals.Senders.Select(s => new[] { s.Sender, Number(s.Count) }));
        foreach (var difference in shown)
        {
            WriteLine(difference);
        }

        foreach (var (field, count) in totals.MissingFields)
        {
            terminal.Output.WriteLine($"undecidable: {field} is not in the log of {Number(count)} decisions");
        }

        if (totals.GivenUp > 0)
        {
            terminal.Output.WriteLine($"{Number(totals.GivenUp)} messages were given up before their end and were left out");
        }

        if (totals.Unreadable > 0)
        {
            terminal.Output.WriteLine($"{Number(totals.Unreadable)} lines are no decisions and were left out");
        }

        terminal.Output.WriteLine($"{Number(totals.Decisions)} decisions under revision {set.Revision}: {Number(totals.Differences)} differ, {Number(totals.Undecidable)} cannot be decided.");
    }

    private void WriteTable(string[] header, IEnumerable<string[]> rows)
    {
        var all = rows.Take(MostRows).ToArray();
        if (all.Length == 0)
        {
            return;
        }

        var table = new TextTable(header);
        foreach (var row in all)
        {
            table.Add(row);
        }

        table.Write(terminal.Output);
        terminal.Output.WriteLine();
    }

    private void WriteLine(ReplayDifference difference)
    {
        var then = difference.Then;
        var message = then.Message;
        var time = then.Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        var recipient = message.Recipients.Count > 0 ? message.Recipients[0] : string.Empty;
        var was = Toned.Verdict(Named(difference.VerdictThen, difference.RuleThen));
        var becomes = Toned.Verdict(Named(difference.Now.Verdict, difference.RuleNow));
        terminal.Output.Line($"{time} {(then.Id.Length > 0 ? then.Id : "-")} {message.ClientIp} {message.Place?.Country} <{message.MailFrom}> -> <{recipient}>: {was}, now {becomes}");
    }

    private static string Named(string verdict, string rule) => rule.Length > 0 ? $"{verdict} by {rule}" : verdict;

    private static void WriteJson(Utf8JsonWriter json, ReplayTotals totals, IReadOnlyList<ReplayDifference> shown, PolicySet set)
    {
        json.WriteStartObject();
        json.WriteString("revision", set.Revision);
        json.WriteNumber("decisions", totals.Decisions);
        json.WriteNumber("differences", totals.Differences);
        json.WriteNumber("undecidable", totals.Undecidable);
        json.WriteNumber("given_up", totals.GivenUp);
        json.WriteNumber("unreadable", totals.Unreadable);
        WriteAll(json, "verdicts", totals.Verdicts, v => { json.WriteString("then", v.Then); json.WriteString("now", v.Now); json.WriteNumber("count", v.Count); });
        WriteAll(json, "rules", totals.Rules, r => { json.WriteString("rule", r.Rule); json.WriteNumber("now_not_then", r.More); json.WriteNumber("then_not_now", r.Less); });
        WriteAll(json, "senders", totals.Senders.Take(MostRows), s => { json.WriteString("sender", s.Sender); json.WriteNumber("count", s.Count); });
        WriteAll(json, "missing", totals.MissingFields, m => { json.WriteString("field", m.Field); json.WriteNumber("count", m.Count); });
        WriteAll(json, "examples", shown, d =>
        {
            json.WriteString("id", d.Then.Id);
            json.WriteString("time", d.Then.Time.UtcDateTime);
            json.WriteString("then", d.VerdictThen);
            json.WriteString("rule_then", d.RuleThen);
            json.WriteString("now", d.Now.Verdict);
            json.WriteString("rule_now", d.RuleNow);
        });
        json.WriteEndObject();
    }

    private static void WriteAll<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
