using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Fuses;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Evaluation;

/// <summary>A message and a refusal are counted without allocating.</summary>
public sealed class FuseAllocationTests
{
    [Fact]
    public void Counting_AllocatesNothing()
    {
        var board = new FuseBoard(new FuseOptions(0.9) { Min = 1_000_000, ShareOfAll = 0.9 });
        var rule = RuleReference.Server with { Policy = "p", Id = "r" };
        var now = Scenario.Start;
        Count(10_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var refused = Count(10_000);

        // The runtime itself may make something once, as it compiles anew what is used so often.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
        Assert.Equal(10_000, refused);

        int Count(int times)
        {
            var count = 0;
            for (var n = 0; n < times; n++)
            {
                now += TimeSpan.FromMilliseconds(7);
                board.Count(now);
                count += board.TryRefuse(board.Of(rule)!, now) && board.TryRefuse(board.OfAll!, now) ? 1 : 0;
            }

            return count;
        }
    }
}
