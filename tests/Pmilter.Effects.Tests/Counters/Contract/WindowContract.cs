using Pmilter.Policies.State;

namespace Pmilter.Effects.Tests.Counters.Contract;

public abstract class WindowContract<TKind> : StateStoreContract<TKind>
    where TKind : IStoreKind, new()
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(9_999.999, 1)]
    [InlineData(10_000, 0)]
    public void Read_AtTheEdgeOfTheWindow_CountsWhatIsYoungerThanTheWindow(double at, double expected)
    {
        var counter = StoreDriver.Counter(seconds: 10);
        Store.Hit(counter, 0);

        Assert.Equal(expected, Store.Read(counter, at));
    }

    [Fact]
    public void Hit_ManyAtOneInstant_AllLeaveTogether()
    {
        var counter = StoreDriver.Counter(seconds: 10);
        for (var i = 1; i <= 500; i++)
        {
            Assert.Equal(i, Store.Hit(counter, 0).Value);
        }

        Assert.Equal(500, Store.Read(counter, 9_999));
        Assert.Equal(0, Store.Read(counter, 10_000));
    }

    [Fact]
    public void Hit_Sum_AddsAmountsAndForgetsThemOneByOne()
    {
        var counter = StoreDriver.Counter(WindowKind.Sum);
        Store.Hit(counter, 0, amount: 100);
        Store.Hit(counter, 1_000, amount: 0.5);
        Assert.Equal(103.5, Store.Hit(counter, 2_000, amount: 3).Value);

        Assert.Equal(3.5, Store.Read(counter, 10_500));
        Assert.Equal(3, Store.Read(counter, 11_500));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(double.NaN)]
    public void Hit_AmountNotAboveZero_AddsNothing(double amount)
    {
        var counter = StoreDriver.Counter(WindowKind.Sum);
        Store.Hit(counter, 0, amount: 7);
        var hit = Store.Hit(counter, 1, amount: amount);

        Assert.Equal(7, hit.Value);
        Assert.Equal(7, Store.Undo(hit, 2));
    }

    [Fact]
    public void Hit_Distinct_CountsAMemberOnceAndRefreshesItsTime()
    {
        var counter = StoreDriver.Counter(WindowKind.Distinct);
        Store.Hit(counter, 0, member: "jp");
        Store.Hit(counter, 1_000, member: "us");
        Assert.Equal(2, Store.Hit(counter, 6_000, member: "jp").Value);

        Assert.Equal(1, Store.Read(counter, 11_000));
        Assert.Equal(0, Store.Read(counter, 16_000));
    }

    [Fact]
    public void Hit_Distinct_IsExactFarBeyond512()
    {
        var counter = StoreDriver.Counter(WindowKind.Distinct, seconds: 60);
        for (var i = 1; i <= 5_000; i++)
        {
            Assert.Equal(i, Store.Hit(counter, i, member: $"u{i}@x.example").Value);
        }
    }

    [Fact]
    public void Hit_DistinctBeyondTheSampleBound_IsWithinTwoPercent()
    {
        var counter = StoreDriver.Counter(WindowKind.Distinct, seconds: 60);
        var seen = 0;
        foreach (var size in new[] { 6_000, 20_000, 40_000, 60_000, 100_000, 140_000, 200_000 })
        {
            Store.HitMembers(counter, size / 100d, Enumerable.Range(seen, size - seen).Select(i => $"u{i}@x.example"));
            seen = size;

            // A standard error of 0.8 %: the kinds of stores fix the key of their hash, so this is not left to chance.
            Assert.InRange(Store.Read(counter, size / 100d), size * 0.98, size * 1.02);
        }

        Assert.Equal(0, Store.Read(counter, 70_000));
        Assert.Equal(1, Store.Hit(counter, 70_000, member: "u1@x.example").Value);
    }

    [Fact]
    public void Hit_Gauge_CountsWhatIsOpenWithoutAWindow()
    {
        var gauge = StoreDriver.Counter(WindowKind.Gauge);
        var first = Store.Hit(gauge, 0);
        var second = Store.Hit(gauge, 0);
        Assert.Equal(2, second.Value);

        Assert.Equal(2, Store.Read(gauge, 1e9));
        Assert.Equal(1, Store.Undo(first, 1e9));
        Assert.Equal(1, Store.Undo(first, 1e9));
        Assert.Equal(0, Store.Undo(second, 1e9));
        Assert.Equal(0, Store.Undo(second, 1e9));
    }

    [Fact]
    public void RetryAt_Events_IsWhenTheCountHasComeDown()
    {
        var counter = StoreDriver.Counter();
        foreach (var at in new[] { 0, 1_000, 2_000, 3_000 })
        {
            Store.Hit(counter, at);
        }

        Assert.Equal(StoreDriver.At(4_000), Store.RetryAt(counter, 4_000, 4));
        Assert.Equal(StoreDriver.At(10_000), Store.RetryAt(counter, 4_000, 3));
        Assert.Equal(StoreDriver.At(12_000), Store.RetryAt(counter, 4_000, 1));
        Assert.Equal(StoreDriver.At(13_000), Store.RetryAt(counter, 4_000, 0.5));
        Assert.Equal(DateTimeOffset.MaxValue, Store.RetryAt(counter, 4_000, -1));
        Assert.Equal(StoreDriver.At(4_000), Store.RetryAt(counter, 4_000, 0, "never seen"));
    }

    [Fact]
    public void RetryAt_Distinct_IsWhenEnoughMembersHaveLeft()
    {
        var counter = StoreDriver.Counter(WindowKind.Distinct);
        Store.Hit(counter, 0, member: "a");
        Store.Hit(counter, 1_000, member: "b");
        Store.Hit(counter, 2_000, member: "c");
        Store.Hit(counter, 3_000, member: "a");

        Assert.Equal(StoreDriver.At(11_000), Store.RetryAt(counter, 4_000, 2));
        Assert.Equal(StoreDriver.At(13_000), Store.RetryAt(counter, 4_000, 0));
    }

    [Fact]
    public void RetryAt_Gauge_NeverByItself()
    {
        var gauge = StoreDriver.Counter(WindowKind.Gauge);
        Store.Hit(gauge, 0);

        Assert.Equal(StoreDriver.At(5), Store.RetryAt(gauge, 5, 1));
        Assert.Equal(DateTimeOffset.MaxValue, Store.RetryAt(gauge, 5, 0));
    }

    [Fact]
    public void Empty_ForgetsTheEventsAndTheirUndos()
    {
        var counter = StoreDriver.Counter();
        var old = Store.Hit(counter, 0);
        Store.Empty(counter, 1);
        Assert.Equal(1, Store.Hit(counter, 1).Value);

        Assert.Equal(1, Store.Undo(old, 2));
    }
}
