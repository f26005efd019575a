using Pmilter.Effects.Counters;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Tests.Counters;

public sealed class HoldAndBanTests
{
    private static readonly HoldDefinition TenSeconds = new("p/r", TimeSpan.FromSeconds(10));

    private static readonly BanDefinition Escalating =
        new("p/b", [TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60), null], TimeSpan.FromSeconds(100));

    private readonly StoreDriver _store = new();

    [Fact]
    public void HoldStart_WhileRunning_IsNotExtended()
    {
        Assert.Equal(default, _store.Hold(TenSeconds, 0));
        Assert.Equal(StoreDriver.At(10_000), _store.Hold(TenSeconds, 0, start: true));
        Assert.Equal(StoreDriver.At(10_000), _store.Hold(TenSeconds, 9_000, start: true));
        Assert.Equal(StoreDriver.At(10_000), _store.Hold(TenSeconds, 9_999));
        Assert.Equal(default, _store.Hold(TenSeconds, 10_000));
        Assert.Equal(StoreDriver.At(20_000), _store.Hold(TenSeconds, 10_000, start: true));
        Assert.Equal(default, _store.Hold(TenSeconds, 10_000, key: "other"));
    }

    [Fact]
    public void BanAdd_Repeats_TakeTheNextStepAndTheLastStays()
    {
        var first = _store.Ban(Escalating, 0, StateOperationKind.BanAdd);
        Assert.Equal((1d, StoreDriver.At(10_000)), (first.Value, first.Until));

        var again = _store.Ban(Escalating, 5_000, StateOperationKind.BanAdd);
        Assert.Equal((0d, StoreDriver.At(10_000)), (again.Value, again.Until));

        Assert.Equal(default, _store.Ban(Escalating, 10_000, StateOperationKind.BanRead).Until);
        Assert.Equal(StoreDriver.At(80_000), _store.Ban(Escalating, 20_000, StateOperationKind.BanAdd).Until);
        Assert.Equal(DateTimeOffset.MaxValue, _store.Ban(Escalating, 90_000, StateOperationKind.BanAdd).Until);
        Assert.Equal(DateTimeOffset.MaxValue, _store.Ban(Escalating, 9e12, StateOperationKind.BanRead).Until);
    }

    [Fact]
    public void BanAdd_AfterForget_BeginsAtTheFirstStep()
    {
        _store.Ban(Escalating, 0, StateOperationKind.BanAdd);

        Assert.Equal(StoreDriver.At(120_000), _store.Ban(Escalating, 110_000, StateOperationKind.BanAdd).Until);
    }

    [Fact]
    public void BanRemove_LiftsAndForgetsTheRepeats()
    {
        _store.Ban(Escalating, 0, StateOperationKind.BanAdd);
        Assert.Equal(1, _store.Ban(Escalating, 1, StateOperationKind.BanRemove).Value);
        Assert.Equal(default, _store.Ban(Escalating, 1, StateOperationKind.BanRead).Until);

        Assert.Equal(StoreDriver.At(10_002), _store.Ban(Escalating, 2, StateOperationKind.BanAdd).Until);
    }

    [Fact]
    public void RunningBans_ListsThemByNameKeyAndEnd()
    {
        _store.Ban(Escalating, 0, StateOperationKind.BanAdd, "203.0.113.9");

        Assert.Equal([new RunningDeadline("p/b", "203.0.113.9", StoreDriver.At(10_000), 0)], _store.Store.RunningBans(StoreDriver.At(1)));
        Assert.Empty(_store.Store.RunningBans(StoreDriver.At(10_000)));
    }

    [Fact]
    public void HoldStart_MoreThanTheBound_DropsThoseThatEndSoonest()
    {
        var store = new StoreDriver(new MemoryStateStore(512, 512, maxDeadlines: 50));
        for (var i = 0; i < 200; i++)
        {
            store.Hold(TenSeconds, i, start: true, key: $"k{i}");
        }

        Assert.InRange(store.Store.RunningHolds(StoreDriver.At(200)).Count, 40, 50);
        Assert.NotEqual(default, store.Hold(TenSeconds, 200, key: "k199"));
    }
}
