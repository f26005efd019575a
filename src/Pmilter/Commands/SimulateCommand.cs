using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Pmilter.Effects.Counters;
using Pmilter.Effects.Counters.Snapshots;
using Pmilter.Rehearsal;
using Pmilter.Rehearsal.Explanations;
using Pmilter.Screen;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary><c>pmilter simulate</c>: one message again and again, against empty counters or the server's.</summary>
internal sealed class SimulateCommand(Terminal terminal)
{
    private readonly SiteOptions _site = new();
    private readonly SampleOptions _sample = new();
    private readonly Option<int> _repeat = new("--repeat") { Description = "how many messages", DefaultValueFactory = _ => 100 };
    private readonly Option<string> _every = new("--every") { Description = "what passes after each, such as 100ms", DefaultValueFactory = _ => "100ms" };
    private readonly Option<bool> _isLive = new("--live") { Description = "begin with the server's counters, bans and greylists, as it saved them last; they are only read" };
    private readonly Option<string> _format = new("--format") { Description = "text or json", DefaultValueFactory = _ => "text" };

    public static Command Create(Terminal terminal) => new SimulateCommand(terminal).Create();

    private Command Create()
    {
        var command = new Command(
            "simulate",
            "Sends a made-up message again and again to the policies, not to a server, and says which is the first that is refused. Nothing is kept. "
            + "Ends with 0 when all go through, 1 when one is refused. Example: pmilter simulate --client 203.0.113.9 --country RU --from a@spam.example --repeat 30");
        command.Options.Add(_site.Configuration);
        _sample.AddTo(command);
        _format.AcceptOnlyFromAmong("text", "json");
        foreach (var option in new Option[] { _repeat, _every, _isLive, _format })
        {
            command.Options.Add(option);
        }

        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var settings = _site.Read(parsed).Checked(terminal);
        var every = DurationOption.Read("--every", parsed.GetValue(_every)!, TimeSpan.FromDays(365));
        var site = RehearsalSite.Open(settings);
        await using var scripts = new ServerScripts(settings.Ruby, TimeProvider.System, NullLoggerFactory.Instance);
        await using var names = _sample.Names(parsed, settings);
        var set = await site.ServedAsync(scripts, terminal).ConfigureAwait(false);
        var now = TimeProvider.System.GetUtcNow();
        var store = parsed.GetValue(_isLive) ? Live(settings, now) : new MemoryStateStore();
        var simulation = new Simulation(new Stage(set, store, site.Engine(scripts, names)), site.Placed(set, _sample.Read(parsed)));
        await simulation.RunAsync(parsed.GetValue(_repeat), every, now, (done, all) => terminal.Progress(done, all, "messages"), cancellationToken).ConfigureAwait(false);
        if (parsed.GetValue(_format) == "json")
        {
            WriteJson(simulation, set.Revision);
        }
        else
        {
            WriteText(simulation, set.Revision);
        }

        return simulation.FirstRefused is null ? ExitCodes.Ok : ExitCodes.Findings;
    }

    /// <summary>A copy of what the server saved: nothing is written back.</summary>
    private MemoryStateStore Live(ServerSettings settings, DateTimeOffset now)
    {
        if (settings.State.Redis.Length > 0 || settings.State.Folder.Length == 0)
        {
            throw new ServerStartException("--live reads what the server saves in state.dir; this one " + (settings.State.Redis.Length > 0 ? "keeps its counters in Redis." : "saves nothing."));
        }

        var store = new MemoryStateStore();
        using var file = new StateFile(settings.State.Folder);
        try
        {
            var content = file.Load(store, now) ?? throw new ServerStartException($"--live: nothing is saved at {file.Snapshot} yet.");
            var saved = content.Created.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"State as it was saved at {saved}: {content.Keys} keys counted, {content.Holds} holds, {content.Bans} bans, {content.Tuples} greylisted."));
        }
        catch (StateSnapshotException error)
        {
            throw new ServerStartException($"--live: {error.Message}", error);
        }

        return store;
    }

    private void WriteText(Simulation simulation, string revision)
    {
        var table = new TextTable("MESSAGES", "VERDICT", "RULE", "WOULD");
        foreach (var run in simulation.Runs)
        {
            table.Add(run.From == run.To ? Number(run.From) : $"{Number(run.From)}-{Number(run.To)}", Toned.Verdict(run.Verdict), run.Rule.Length > 0 ? run.Rule : "-", Toned.Verdict(run.Would.Length > 0 ? run.Would : "-"));
        }

        table.Write(terminal.Output);
        foreach (var lookup in simulation.FirstRefused is null ? simulation.Missed : [])
        {
            terminal.Output.Line($"{Toned.Warning("unknown")}  {lookup}: nobody was asked, and the rule's on_error decided; give it with --fact, or ask with --live-dns");
        }

        if (simulation.FirstRefused is not { } refused)
        {
            terminal.Output.WriteLine();
            terminal.Output.Line($"{Toned.Good("None is refused.")}");
            return;
        }

        terminal.Output.WriteLine();
        terminal.Output.Line($"{Toned.Bad($"Message {Number(simulation.FirstRefusedNumber)} is the first that is refused:")}");
        terminal.Output.WriteLine();
        new ExplanationWriter(terminal.Output, isWhole: false).Write(refused, revision);
    }

    private void WriteJson(Simulation simulation, string revision) => JsonOutput.Write(terminal.Output, json =>
    {
        json.WriteStartObject();
        json.WriteString("revision", revision);
        if (simulation.FirstRefused is null)
        {
            json.WriteNull("first_refused");
        }
        else
        {
            json.WriteNumber("first_refused", simulation.FirstRefusedNumber);
        }

        json.WriteStartArray("unknown");
        foreach (var lookup in simulation.Missed)
        {
            json.WriteStringValue(lookup);
        }

        json.WriteEndArray();
        json.WriteStartArray("runs");
        foreach (var run in simulation.Runs)
        {
            json.WriteStartObject();
            json.WriteNumber("from", run.From);
            json.WriteNumber("to", run.To);
            json.WriteString("verdict", run.Verdict);
            json.WriteString("rule", run.Rule);
            json.WriteString("would", run.Would);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
