using Pmilter.Effects.Counters;
using Pmilter.Effects.Tests.Counters.Contract;

namespace Pmilter.Effects.Tests.Counters;

/// <summary>The store's time goes neither back nor faster than the callers' clock.</summary>
public sealed class WindowClockTests
{
    private readonly WindowClock _clock = new();

    [Fact]
    public void Read_ThreadsThatAreHeldUpForSeconds_DoNotPushTheTimeAhead()
    {
        var start = Read(0);
        for (var now = 2_000; now <= 200_000; now += 1_000)
        {
            Assert.Equal(now, Read(now) - start);
            Assert.Equal(now, Read(now - 1_500) - start);
            Assert.Equal(now, Read(now - 1_900) - start);
        }
    }

    [Fact]
    public void Read_ClockSetBack_GoesOnFromWhereItWas()
    {
        var start = Read(3_600_000);

        Assert.Equal(start, Read(0));
        Assert.Equal(start, Read(900));
        Assert.Equal(1_000, Read(1_000) - start);
        Assert.Equal(1_500, Read(1_500) - start);
        Assert.Equal(11_000, Read(11_000) - start);
        Assert.Equal(StoreDriver.At(11_000), _clock.Write((start + 11_000) * 1_000));
    }

    [Fact]
    public void Write_WhileItIsInDoubt_IsAsTheCallerCounts()
    {
        var start = Read(3_600_000);

        Read(5_000);

        Assert.Equal(StoreDriver.At(15_000), _clock.Write((start + 10_000) * 1_000));
    }

    [Fact]
    public void Read_SmallStepsBack_AreLeftToTheKeys()
    {
        var start = Read(5_000);

        Assert.Equal(-900, Read(4_100) - start);
        Assert.Equal(100, Read(5_100) - start);
    }

    /// <summary>The store's time in milliseconds.</summary>
    private long Read(double milliseconds) => _clock.Read(StoreDriver.At(milliseconds)) / 1_000;
}
