using Pmilter.Policies.State;

namespace Pmilter.Effects.Tests.Counters.Contract;

public abstract class DeadlineContract<TKind> : StateStoreContract<TKind>
    where TKind : IStoreKind, new()
{
    private static readonly HoldDefinition TenSeconds = new("p/r", TimeSpan.FromSeconds(10));

    private static readonly BanDefinition Escalating =
        new("p/b", [TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60), null], TimeSpan.FromSeconds(100));

    [Fact]
    public void HoldStart_WhileRunning_IsNotExtended()
    {
        Assert.Equal(default, Store.Hold(TenSeconds, 0));
        Assert.Equal(StoreDriver.At(10_000), Store.Hold(TenSeconds, 0, start: true));
        Assert.Equal(StoreDriver.At(10_000), Store.Hold(TenSeconds, 9_000, start: true));
        Assert.Equal(StoreDriver.At(10_000), Store.Hold(TenSeconds, 9_999));
        Assert.Equal(default, Store.Hold(TenSeconds, 10_000));
        Assert.Equal(StoreDriver.At(20_000), Store.Hold(TenSeconds, 10_000, start: true));
        Assert.Equal(default, Store.Hold(TenSeconds, 10_000, key: "other"));
    }

    [Fact]
    public void HoldStart_ItsValue_SaysWhetherItBeganNow()
    {
        Assert.Equal([1, 0, 1], new[] { 0, 5_000, 10_000 }.Select(at => Store.StartHold(TenSeconds, at).Value));
    }

    [Fact]
    public void BanAdd_Repeats_TakeTheNextStepAndTheLastStays()
    {
        var first = Store.Ban(Escalating, 0, StateOperationKind.BanAdd);
        Assert.Equal((1d, StoreDriver.At(10_000)), (first.Value, first.Until));

        var again = Store.Ban(Escalating, 5_000, StateOperationKind.BanAdd);
        Assert.Equal((0d, StoreDriver.At(10_000)), (again.Value, again.Until));

        Assert.Equal(default, Store.Ban(Escalating, 10_000, StateOperationKind.BanRead).Until);
        Assert.Equal(StoreDriver.At(80_000), Store.Ban(Escalating, 20_000, StateOperationKind.BanAdd).Until);
        Assert.Equal(DateTimeOffset.MaxValue, Store.Ban(Escalating, 90_000, StateOperationKind.BanAdd).Until);
        Assert.Equal(DateTimeOffset.MaxValue, Store.Ban(Escalating, 9e12, StateOperationKind.BanRead).Until);
    }

    [Fact]
    public void BanAdd_AfterForget_BeginsAtTheFirstStep()
    {
        Store.Ban(Escalating, 0, StateOperationKind.BanAdd);

        Assert.Equal(StoreDriver.At(120_000), Store.Ban(Escalating, 110_000, StateOperationKind.BanAdd).Until);
    }

    [Fact]
    public void BanRemove_LiftsAndForgetsTheRepeats()
    {
        Store.Ban(Escalating, 0, StateOperationKind.BanAdd);
        Assert.Equal(1, Store.Ban(Escalating, 1, StateOperationKind.BanRemove).Value);
        Assert.Equal(default, Store.Ban(Escalating, 1, StateOperationKind.BanRead).Until);

        Assert.Equal(StoreDriver.At(10_002), Store.Ban(Escalating, 2, StateOperationKind.BanAdd).Until);
    }
}
