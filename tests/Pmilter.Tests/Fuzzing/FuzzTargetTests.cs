using Pmilter.Fuzz.Inputs;
using Pmilter.Fuzz.Runs;

namespace Pmilter.Tests.Fuzzing;

/// <summary>A few seconds of what tests/Pmilter.Fuzz does for minutes. A finding is tried again with the line that it prints.</summary>
public sealed class FuzzTargetTests
{
    private const int InputsAShare = 25;

    public static TheoryData<string> Names() => [.. FuzzTargets.All.Select(target => target.Target.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Inputs_OfAFixedSeed_KeepThePromise(string name)
    {
        var (target, share) = FuzzTargets.All.Single(t => t.Target.Name == name);

        Assert.Null(new FuzzRun(target, seed: 7).Try(0, share * InputsAShare)?.ToString());
    }

    [Fact]
    public void Inputs_OfTheSameSeedAndNumber_AreTheSame()
    {
        Assert.Equal(Packets.SpoiltSession(Dice.Of(1, "a", 5)), Packets.SpoiltSession(Dice.Of(1, "a", 5)));
        Assert.NotEqual(Dice.Of(1, "a", 5).Next(), Dice.Of(1, "a", 6).Next());
        Assert.NotEqual(Dice.Of(1, "a", 5).Next(), Dice.Of(1, "b", 5).Next());
        Assert.NotEqual(Dice.Of(1, "a", 5).Next(), Dice.Of(2, "a", 5).Next());
    }

    [Fact]
    public void Finding_NamesTheInputThatBreaksThePromise()
    {
        var finding = new FuzzRun(new Broken(), seed: 3).Try(0, 10_000);

        Assert.NotNull(finding);
        Assert.Contains($"broken --seed 3 --at {finding.Input}", finding.ToString(), StringComparison.Ordinal);
        Assert.Equal(finding.Input, new FuzzRun(new Broken(), seed: 3).Try(finding.Input, 1)?.Input);
        Assert.Null(new FuzzRun(new Broken(), seed: 3).Try(0, finding.Input));
    }

    private sealed class Broken : IFuzzTarget
    {
        public string Name => "broken";

        public string Promise => "never meets a three";

        public void Try(Dice dice) => BrokenPromiseException.ThrowUnless(dice.Below(100) != 3, "a three");
    }
}
