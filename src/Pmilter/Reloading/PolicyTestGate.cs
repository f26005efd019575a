using Pmilter.Policies.Text;
using Pmilter.Rehearsal;
using Pmilter.Rehearsal.Tests;
using Pmilter.Server;

namespace Pmilter.Reloading;

/// <summary><c>policies.reload_test</c>: the policies' own tests must pass before they come into force.</summary>
internal sealed class PolicyTestGate(ServerSettings settings, ServerScripts scripts, TimeProvider time)
{
    /// <summary>Null where every test passes or there is none; else the first failure and how many there are.</summary>
    public async Task<string?> FailureAsync(IReadOnlyList<SourceText> sources)
    {
        var diagnostics = new DiagnosticBag();
        var stage = new PolicyStage(settings, sources, PolicyTestReader.Start);
        var files = new PolicyTestFiles(diagnostics).Read([], settings);
        var engine = settings.Engine with { Scripts = scripts, ScriptTimeout = settings.Ruby.Timeout, ScriptOnError = settings.Ruby.OnError };
        var runner = new PolicyTestRunner(stage, engine, time);
        runner.Check(files, diagnostics);
        if (diagnostics.All.FirstOrDefault(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error) is { } error)
        {
            return $"{error.Span.FileAndLine}: {error.Id}: {error.Message}";
        }

        var run = await runner.RunAsync(files, static _ => { }, CancellationToken.None).ConfigureAwait(false);
        var failed = run.Outcomes.Where(outcome => !outcome.HasPassed).ToArray();
        return failed.Length == 0 ? null : $"{failed.Length} of {run.Outcomes.Count} policy tests fail, first '{failed[0].Test.Name.Value}' ({failed[0].Place}); 'pmilter test' shows them.";
    }
}
