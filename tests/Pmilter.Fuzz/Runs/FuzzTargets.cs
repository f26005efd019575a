using Pmilter.Fuzz.Targets;

namespace Pmilter.Fuzz.Runs;

/// <summary>Every target, the quick ones first. The share is what <c>--all --count N</c> gives to each: a policy file costs a thousand frames.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<(IFuzzTarget Target, int Share)> All { get; } =
    [
        (new FrameTarget(), 300),
        (new TextTarget(), 300),
        (new ReplyTarget(), 250),
        (new SessionTarget(), 100),
        (new WorkerTarget(), 250),
        (new ResultsTarget(), 100),
        (new ListTarget(), 100),
        (new SnapshotTarget(), 60),
        (new GeoTarget(), 3),
        (new ContentTarget(), 40),
        (new InjectionTarget(), 40),
        (new ConfigurationTarget(), 20),
        (new PolicyTarget(), 3),
    ];
}
