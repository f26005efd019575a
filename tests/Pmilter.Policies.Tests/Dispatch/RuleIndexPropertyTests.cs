using CsCheck;
using Pmilter.Policies.Compilation;
using Pmilter.Policies.Evaluation;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Dispatch;

/// <summary>An index spares questions and changes nothing else: not a verdict, a count, a look-up, a line of the log or of an explanation.</summary>
public sealed class RuleIndexPropertyTests
{
    private const int Iterations = 150;

    private static readonly Gen<(int[] Policies, int[] Sessions)> Made = Gen.Select(Gen.Int[0, 9_999].Array[0, 900], Gen.Int[0, 9_999].Array[0, 120]);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Evaluate_WithAnIndexAndWithout_IsTheSame(bool isTracing) =>
        Made.Sample(
            made =>
            {
                var files = new MadeUpPolicies(new Choices(made.Policies)).Files();
                var plain = MadeUpSessions.Play(new Choices(made.Sessions), Compile(files, int.MaxValue), isTracing);
                var indexed = MadeUpSessions.Play(new Choices(made.Sessions), Compile(files, 1), isTracing);
                Assert.Equal(plain, indexed);
            },
            iter: Iterations,
            print: made => string.Join('\n', new MadeUpPolicies(new Choices(made.Policies)).Files()));

    /// <summary>What is told to explanations, values of conditions included, comes out of a set that has no index.</summary>
    [Fact]
    public void Compile_ForExplanations_HasNoIndex()
    {
        var files = new MadeUpPolicies(new Choices([.. Enumerable.Range(0, 900)])).Files();
        Assert.Contains(Compile(files, 1).Phases, phase => phase.Index is not null);
        Assert.All(Compiled.Compile(new CompilerOptions { Now = Scenario.Start, IsTracing = true, LeastIndexedRules = 1 }, files).Phases, phase => Assert.Null(phase.Index));
        Assert.All(Compiled.Compile(new CompilerOptions { Now = Scenario.Start, IsWatching = true, LeastIndexedRules = 1 }, files).Phases, phase => Assert.Null(phase.Index));
    }

    private static PolicySet Compile(string[] files, int least) => Compiled.Compile(new CompilerOptions { Now = Scenario.Start, LeastIndexedRules = least }, files);
}
