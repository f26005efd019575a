using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Server;

namespace Pmilter.Rehearsal.Tests;

/// <summary>Runs the tests against policies with one thing changed each; a change that no test notices is one that nobody would.</summary>
internal sealed class MutationTrial(ServerSettings settings, IReadOnlyList<SourceText> sources, EngineOptions engine, IReadOnlyList<PolicyTestFile> files)
{
    /// <summary>Only some of the tests run: policies that they do not name are left as they are.</summary>
    public bool IsPart { get; init; }

    /// <summary>A test that fails before anything was changed: nothing is tried then.</summary>
    public TestOutcome? FailedBefore { get; private set; }

    /// <summary>What is off and was not tried.</summary>
    public IReadOnlyList<string> Off { get; private set; } = [];

    /// <summary>Changes that were tried; those that make no valid policy are not.</summary>
    public int Count { get; private set; }

    /// <returns>The changes that no test noticed.</returns>
    public async Task<IReadOnlyList<PolicyMutation>> RunAsync(Action<long, long> progress, CancellationToken cancellationToken)
    {
        FailedBefore = await FirstFailureAsync(sources, files, cancellationToken).ConfigureAwait(false);
        if (FailedBefore is not null)
        {
            return [];
        }

        var tested = IsPart ? PolicyTestRunner.PoliciesOf(files) : null;
        PolicyMutations[] policies = [.. sources.Select(PolicyMutations.Of).Where(of => tested is null || tested.Contains(of.Policy))];
        Off = [.. policies.SelectMany(of => of.Off)];
        var all = policies.SelectMany(of => of.All.Select(mutation => (of.Policy, Mutation: mutation))).ToArray();
        var unnoticed = new List<PolicyMutation>();
        for (var i = 0; i < all.Length; i++)
        {
            progress(i, all.Length);
            var (policy, mutation) = all[i];
            SourceText[] changed = [.. sources.Select(source => source.Path == mutation.Changed.Path ? mutation.Changed : source)];
            if (!IsValid(changed))
            {
                continue;
            }

            Count++;
            if (await FirstFailureAsync(changed, TestsOf(policy), cancellationToken).ConfigureAwait(false) is null)
            {
                unnoticed.Add(mutation);
            }
        }

        progress(all.Length, all.Length);
        return unnoticed;
    }

    private PolicyTestFile[] TestsOf(string policy) =>
        [.. files.Select(file => file with { Tests = [.. file.Tests.Where(test => test.Policies.Count == 0 || test.Policies.Any(p => p.Value == policy))] })];

    private PolicyStage StageOf(IReadOnlyList<SourceText> policies) => new(settings, policies, PolicyTestReader.Start);

    private bool IsValid(IReadOnlyList<SourceText> policies) =>
        StageOf(policies).ForTest([], new Dictionary<string, YamlEntry>(StringComparer.Ordinal), new DiagnosticBag()) is not null;

    private async Task<TestOutcome?> FirstFailureAsync(IReadOnlyList<SourceText> policies, IReadOnlyList<PolicyTestFile> tests, CancellationToken cancellationToken)
    {
        TestOutcome? failed = null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var runner = new PolicyTestRunner(StageOf(policies), engine, TimeProvider.System) { StopsEarly = true };
        try
        {
            await runner.RunAsync(
                tests,
                outcome =>
                {
                    if (!outcome.HasPassed)
                    {
                        failed = outcome;
                        stop.Cancel();
                    }
                },
                stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (failed is not null)
        {
            // The first failure is enough.
        }

        return failed;
    }
}
