using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Pmilter.Effects.Counters;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Text;
using Pmilter.Rehearsal;
using Pmilter.Rehearsal.Explanations;
using Pmilter.Rehearsal.Recorded;
using Pmilter.Rehearsal.Replays;
using Pmilter.Rehearsal.Tests;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary><c>pmilter explain</c>: what the policies make of one message, and why.</summary>
internal sealed class ExplainCommand(Terminal terminal)
{
    private readonly SiteOptions _site = new();
    private readonly SampleOptions _sample = new();
    private readonly Option<string?> _decision = new("--decision") { Description = "a decision of the log, by its id or its message's queue id" };
    private readonly Option<string?> _log = new("--log") { Description = "the decision log; default: log.decisions of pmilter.yaml" };
    private readonly Option<string?> _test = new("--test") { Description = "a test, by a part of its name: its last message, or --message" };
    private readonly Option<int?> _message = new("--message") { Description = "of the test, from 1" };
    private readonly Option<bool> _isWhole = new("--verbose", "-v") { Description = "also rules that did not match and why, and where the time went" };
    private readonly Option<string> _format = new("--format") { Description = "text or json", DefaultValueFactory = _ => "text" };

    public static Command Create(Terminal terminal) => new ExplainCommand(terminal).Create();

    private Command Create()
    {
        var command = new Command(
            "explain",
            "Says what the policies make of one message, phase by phase, and why: from flags, a file, a test or a decision of the log. Counters begin empty. "
            + "Ends with 0 when the mail goes through, 1 when it is refused. Example: pmilter explain --client 203.0.113.9 --country RU --from a@spam.example --header 'Subject: hello'");
        command.Options.Add(_site.Configuration);
        _sample.AddTo(command);
        _format.AcceptOnlyFromAmong("text", "json");
        foreach (var option in new Option[] { _decision, _log, _test, _message, _isWhole, _format })
        {
            command.Options.Add(option);
        }

        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var settings = _site.Read(parsed).Checked(terminal);
        var stage = RehearsalSite.Open(settings);
        await using var scripts = new ServerScripts(settings.Ruby, TimeProvider.System, NullLoggerFactory.Instance);
        await using var names = _sample.Names(parsed, settings);
        var (played, revision) = parsed.GetValue(_test) is { } test ? await TestAsync(stage, scripts, test, parsed.GetValue(_message)).ConfigureAwait(false)
            : parsed.GetValue(_decision) is { } id ? await DecisionAsync(stage, scripts, id, parsed.GetValue(_log) ?? settings.Log.Decisions).ConfigureAwait(false)
            : await SampleAsync(stage, scripts, names, _sample.Read(parsed)).ConfigureAwait(false);
        if (parsed.GetValue(_format) == "json")
        {
            JsonOutput.Write(terminal.Output, json => ExplanationJson.Write(json, played, revision));
        }
        else
        {
            new ExplanationWriter(terminal.Output, parsed.GetValue(_isWhole)).Write(played, revision);
        }

        return played.IsRefused ? ExitCodes.Findings : ExitCodes.Ok;
    }

    private async Task<(PlayedMessage Played, string Revision)> SampleAsync(RehearsalSite site, ServerScripts scripts, INameService? names, SampleMessage sample)
    {
        var set = await site.ServedAsync(scripts, terminal).ConfigureAwait(false);
        var now = TimeProvider.System.GetUtcNow();
        sample = site.Placed(set, sample);
        var connection = await PlayedConnection.OpenAsync(new Stage(set, new MemoryStateStore(), site.Engine(scripts, names)), sample, now).ConfigureAwait(false);
        return (await connection.SendAsync(sample, now).ConfigureAwait(false), set.Revision);
    }

    private async Task<(PlayedMessage Played, string Revision)> DecisionAsync(RehearsalSite site, ServerScripts scripts, string id, string log)
    {
        var files = DecisionLogFiles.Find(log);
        var decision = DecisionLogFiles.FindById(files, id) ?? throw new ServerStartException($"No decision and no queue id {id} is in {string.Join(", ", files)}.");
        var (then, revision, note) = RecordedRevision.Of(decision, site, site.Policies.AsServed(new DiagnosticBag())?.Revision ?? string.Empty);
        var set = await then.ServedAsync(scripts, terminal).ConfigureAwait(false);
        if (note.Length > 0)
        {
            terminal.Error.WriteLine(note);
        }

        var missing = set.ReadFields.Where(field => !KnownFacts.Has(decision, field.Name)).Select(field => field.Name).ToArray();
        if (decision.Phase == "eom" && missing.Length > 0)
        {
            terminal.Error.WriteLine($"Not in the log, and taken as empty: {string.Join(", ", missing)}.");
        }

        var stage = new Stage(set, new RecordedStore(new MemoryStateStore(), decision.Counter), then.Engine(scripts));
        var connection = await PlayedConnection.OpenAsync(stage, decision.Message, decision.Time).ConfigureAwait(false);
        var played = await connection.SendAsync(decision.Message, decision.Time).ConfigureAwait(false);
        if (played.Verdict != decision.Verdict && decision.Verdict != "allow")
        {
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The log says {decision.Verdict}{(decision.Rule.Length > 0 ? $" by {decision.Policy}/{decision.Rule}" : string.Empty)}: it rested on counts, bans or texts that the log does not hold, or on other policies."));
        }

        return (played, revision);
    }

    private static async Task<(PlayedMessage Played, string Revision)> TestAsync(RehearsalSite site, ServerScripts scripts, string name, int? number)
    {
        var diagnostics = new DiagnosticBag();
        var tests = new PolicyTestFiles(diagnostics).Read([], site.Settings).SelectMany(file => file.Tests).ToArray();
        var named = tests.Where(test => test.Name.Value == name).Concat(tests.Where(test => test.Name.Value.Contains(name, StringComparison.OrdinalIgnoreCase))).ToArray();
        if (diagnostics.HasErrors || named.Length == 0)
        {
            throw new ServerStartException(diagnostics.HasErrors ? "A test file is wrong; 'pmilter test' shows what." : $"No test is called '{name}'.");
        }

        var set = site.Policies.ForTest([.. named[0].Policies.Select(policy => policy.Value)], named[0].Lists, diagnostics)
            ?? throw new ServerStartException("A policy is wrong; 'pmilter check' shows what.");
        await scripts.CheckAsync(set, diagnostics).ConfigureAwait(false);
        var play = new TestPlay(set, site.Engine(scripts), named[0]) { Last = number ?? int.MaxValue };
        await play.RunAsync().ConfigureAwait(false);
        return play.Newest is { } played && (number is null || play.Messages == number)
            ? (played, set.Revision)
            : throw new ServerStartException(string.Create(CultureInfo.InvariantCulture, $"The test '{named[0].Name.Value}' sends {play.Messages} messages."));
    }
}
