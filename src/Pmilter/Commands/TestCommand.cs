using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Rehearsal;
using Pmilter.Rehearsal.Tests;
using Pmilter.Screen;
using Pmilter.Server;

namespace Pmilter.Commands;

/// <summary><c>pmilter test</c>: the policies' own tests, on a virtual clock.</summary>
internal sealed class TestCommand(Terminal terminal)
{
    private readonly SiteOptions _site = new();
    private readonly Argument<string[]> _files = new("FILE") { Description = "test files or folders; default: tests/ in the folder of the policies", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> _filter = new("--filter") { Description = "only tests whose name or file contains this text" };
    private readonly Option<string?> _junit = new("--junit") { Description = "write the results to this XML file, for CI" };
    private readonly Option<double?> _coverage = new("--min-coverage") { Description = "fail when fewer per cent of the rules fired" };
    private readonly Option<bool> _mutates = new("--mutate") { Description = "change limits, windows, holds, keys, list entries, exceptions, modes and verdicts one at a time, and name the changes that no test noticed" };
    private readonly Option<string> _format = new("--format") { Description = "text or json", DefaultValueFactory = _ => "text" };

    public static Command Create(Terminal terminal) => new TestCommand(terminal).Create();

    private Command Create()
    {
        var command = new Command(
            "test",
            "Runs the tests of the policies on a virtual clock and tells which rules none of them reached. Ends with 0 when all pass, 1 when one fails, 2 when a test or a policy is wrong. "
            + "Example: pmilter test --filter bulk --min-coverage 100");
        _format.AcceptOnlyFromAmong("text", "json");
        command.Arguments.Add(_files);
        foreach (var option in new Option[] { _site.Configuration, _filter, _junit, _coverage, _mutates, _format })
        {
            command.Options.Add(option);
        }

        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var settings = _site.Read(parsed).Checked(terminal);
        var diagnostics = new DiagnosticBag();
        var stage = new PolicyStage(settings, PolicyStage.Read(settings, diagnostics), PolicyTestReader.Start);
        var files = new PolicyTestFiles(diagnostics).Read(parsed.GetValue(_files) ?? [], settings);
        await using var scripts = new ServerScripts(settings.Ruby, TimeProvider.System, NullLoggerFactory.Instance);
        if (stage.ForTest([], new Dictionary<string, YamlEntry>(StringComparer.Ordinal), diagnostics) is { } all)
        {
            await scripts.CheckAsync(all, diagnostics).ConfigureAwait(false);
        }

        var engine = settings.Engine with { Scripts = scripts, ScriptTimeout = settings.Ruby.Timeout, ScriptOnError = settings.Ruby.OnError };
        var isPart = parsed.GetValue(_filter) is not null || parsed.GetValue(_files) is { Length: > 0 };
        var runner = new PolicyTestRunner(stage, engine, TimeProvider.System) { IsPart = isPart };
        runner.Check(files, diagnostics);
        if (diagnostics.HasErrors)
        {
            var errors = diagnostics.All.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).ToArray();
            terminal.Show(errors);
            terminal.Error.Line($"{DiagnosticPage.Summary(errors)} No test was run.");
            return ExitCodes.Usage;
        }

        files = Filtered(files, parsed.GetValue(_filter));
        return files.Sum(file => file.Tests.Count) == 0 ? NoTests()
            : parsed.GetValue(_mutates) ? await MutateAsync(parsed, new MutationTrial(settings, stage.Sources, engine, files) { IsPart = isPart }, cancellationToken).ConfigureAwait(false)
            : await RunAsync(parsed, runner, files, cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> RunAsync(ParseResult parsed, PolicyTestRunner runner, IReadOnlyList<PolicyTestFile> files, CancellationToken cancellationToken)
    {
        var report = new TestReport(terminal.Output);
        var all = files.Sum(file => file.Tests.Count);
        var done = 0;
        var began = TimeProvider.System.GetTimestamp();
        var run = await runner.RunAsync(
            files,
            outcome =>
            {
                terminal.Progress(++done, all, "tests");
                if (!outcome.HasPassed && !IsJson(parsed))
                {
                    report.Failed(outcome);
                }
            },
            cancellationToken).ConfigureAwait(false);
        if (parsed.GetValue(_junit) is { } path)
        {
            JunitReport.Write(path, run);
        }

        var took = TimeProvider.System.GetElapsedTime(began);
        if (IsJson(parsed))
        {
            JsonOutput.Write(terminal.Output, json => TestJson.Write(json, run, took));
        }
        else
        {
            report.Sum(run, took);
        }

        if (parsed.GetValue(_coverage) is { } least && run.Coverage * 100 < least)
        {
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"pmilter: {run.Coverage * 100:0} % of the rules fired; --min-coverage is {least:0}."));
            return ExitCodes.Findings;
        }

        return run.Failed > 0 ? ExitCodes.Findings : ExitCodes.Ok;
    }

    private async Task<int> MutateAsync(ParseResult parsed, MutationTrial trial, CancellationToken cancellationToken)
    {
        var survivors = await trial.RunAsync((done, all) => terminal.Progress(done, all, "changes tried"), cancellationToken).ConfigureAwait(false);
        if (trial.FailedBefore is { } failed)
        {
            terminal.Error.WriteLine($"pmilter: the test '{failed.Test.Name.Value}' ({failed.Place}) fails as it is; mend it first.");
            return ExitCodes.Findings;
        }

        if (IsJson(parsed))
        {
            JsonOutput.Write(terminal.Output, json => TestJson.Write(json, trial.Count, survivors));
        }
        else
        {
            new TestReport(terminal.Output).Sum(trial.Count, survivors, trial.Off);
        }

        return survivors.Count > 0 ? ExitCodes.Findings : ExitCodes.Ok;
    }

    private bool IsJson(ParseResult parsed) => parsed.GetValue(_format) == "json";

    private int NoTests()
    {
        terminal.Error.WriteLine("pmilter: there is no test. Tests of policies/NAME.yaml stand in policies/tests/NAME.yaml; docs/policy-language.md shows how.");
        return ExitCodes.Usage;
    }

    private static IReadOnlyList<PolicyTestFile> Filtered(IReadOnlyList<PolicyTestFile> files, string? text) => text is null ? files
        : [.. files.Select(file => file with
        {
            Tests = [.. file.Tests.Where(test => $"{file.Source.Path} {test.Name.Value}".Contains(text, StringComparison.OrdinalIgnoreCase))],
        })];
}
