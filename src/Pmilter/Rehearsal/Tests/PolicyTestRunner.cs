using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Rehearsal.Tests;

/// <summary>Runs tests one after the other: a store and a clock of its own for each, nothing is left of it.</summary>
internal sealed class PolicyTestRunner(PolicyStage stage, EngineOptions engine, TimeProvider time)
{
    private readonly HashSet<string> _fired = new(StringComparer.Ordinal);

    /// <summary>Stops at a test's first failure, not at a failed test.</summary>
    public bool StopsEarly { get; init; }

    /// <summary>Only some of the tests run: rules of policies that they do not name are nobody's miss.</summary>
    public bool IsPart { get; init; }

    /// <summary>Names that a test uses and that are not there; to be looked at before <see cref="RunAsync(IReadOnlyList{PolicyTestFile}, Action{TestOutcome}, CancellationToken)"/>.</summary>
    public void Check(IEnumerable<PolicyTestFile> files, DiagnosticBag diagnostics)
    {
        var policies = stage.ForTest([], new Dictionary<string, YamlEntry>(StringComparer.Ordinal), diagnostics)?.Rules.Select(rule => rule.Rule.Policy).Distinct(StringComparer.Ordinal).ToArray();
        if (policies is null)
        {
            return;
        }

        foreach (var file in files)
        {
            var names = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var test in file.Tests)
            {
                if (!names.TryAdd(test.Name.Value, test.Name.Span.Line))
                {
                    diagnostics.Add(TestDiagnostics.DuplicateTest(test.Name.Span, test.Name.Value, names[test.Name.Value]));
                }

                Check(test, policies, diagnostics);
            }
        }
    }

    public async Task<TestRun> RunAsync(IReadOnlyList<PolicyTestFile> files, Action<TestOutcome> report, CancellationToken cancellationToken)
    {
        var outcomes = new List<TestOutcome>();
        foreach (var file in files)
        {
            foreach (var test in file.Tests)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var outcome = await RunAsync(file, test).ConfigureAwait(false);
                outcomes.Add(outcome);
                report(outcome);
            }
        }

        var all = stage.ForTest([], new Dictionary<string, YamlEntry>(StringComparer.Ordinal), new DiagnosticBag()) ?? PolicySet.Empty;
        var tested = IsPart ? PoliciesOf(files) : null;
        return new TestRun(outcomes, [.. all.Rules.Where(rule => rule.Rule.Mode != PolicyMode.Off && (tested is null || tested.Contains(rule.Rule.Policy)))], _fired);
    }

    /// <summary>The policies that the tests name; null where one names none and so means all.</summary>
    public static IReadOnlySet<string>? PoliciesOf(IEnumerable<PolicyTestFile> files)
    {
        var tests = files.SelectMany(file => file.Tests).ToArray();
        return tests.Any(test => test.Policies.Count == 0) ? null : tests.SelectMany(test => test.Policies).Select(policy => policy.Value).ToHashSet(StringComparer.Ordinal);
    }

    private void Check(PolicyTest test, string[] policies, DiagnosticBag diagnostics)
    {
        var unknown = test.Policies.Where(policy => !policies.Contains(policy.Value, StringComparer.Ordinal)).ToArray();
        foreach (var policy in unknown)
        {
            diagnostics.Add(TestDiagnostics.UnknownPolicy(policy.Span, policy.Value, policies));
        }

        if (test.Send.Count > 0 && test.Send[0].SameConnection)
        {
            diagnostics.Add(TestDiagnostics.NoConnection(test.Send[0].Span));
        }

        if (unknown.Length == 0 && SetOf(test, diagnostics) is { } set)
        {
            new ExpectationNames(set, diagnostics).Check(test);
        }
    }

    private PolicySet? SetOf(PolicyTest test, DiagnosticBag diagnostics) => stage.ForTest([.. test.Policies.Select(policy => policy.Value)], test.Lists, diagnostics);

    private async Task<TestOutcome> RunAsync(PolicyTestFile file, PolicyTest test)
    {
        var began = time.GetTimestamp();
        var play = new TestPlay(SetOf(test, new DiagnosticBag()) ?? PolicySet.Empty, engine, test) { StopsEarly = StopsEarly };
        await play.RunAsync().ConfigureAwait(false);
        _fired.UnionWith(play.Fired);
        return new TestOutcome(file, test, play.Failures, play.Messages, time.GetElapsedTime(began));
    }
}
