using Pmilter.Policies.State;

namespace Pmilter.Effects.Tests.Counters.Contract;

/// <summary>What senders and clocks can do to a store.</summary>
public abstract class KeyContract<TKind> : StateStoreContract<TKind>
    where TKind : IStoreKind, new()
{
    [Fact]
    public void Hit_StrangeKeys_AreKeptApart()
    {
        var counter = StoreDriver.Counter();
        var keys = new[]
        {
            string.Empty, "\0", "\0\0", "日本", "\ud800", new string('x', 256), new string('x', 257), new string('x', 10_000),
            new string('x', 9_999) + "y",
        };
        foreach (var key in keys)
        {
            Assert.Equal(1, Store.Hit(counter, 0, key).Value);
        }

        Assert.All(keys, key => Assert.Equal(2, Store.Hit(counter, 0, key).Value));
    }

    [Fact]
    public void Execute_ClockSetBackAnHour_HoldsAndWindowsGoOnAsIfItHadNot()
    {
        var hour = TimeSpan.FromHours(1).TotalMilliseconds;
        var counter = StoreDriver.Counter(seconds: 10);
        var hold = new HoldDefinition("p/r", TimeSpan.FromSeconds(10));
        Store.Hit(counter, hour);
        Store.Hold(hold, hour, start: true);

        Assert.Equal(2, Store.Hit(counter, 0).Value);
        Assert.Equal(StoreDriver.At(10_000), Store.Hold(hold, 0));
        Assert.Equal(1, Store.Hit(counter, 10_000).Value);
        Assert.Equal(default, Store.Hold(hold, 10_000));
    }

    [Fact]
    public void Execute_ClockSetForwardAnHourAndBack_IsTheTimeThatPassed()
    {
        var hour = TimeSpan.FromHours(1).TotalMilliseconds;
        var counter = StoreDriver.Counter(seconds: 10);
        Store.Hit(counter, 0);

        // A step forward cannot be told from an hour that passed: the window is empty, and stays so when the clock is set right.
        Assert.Equal(1, Store.Hit(counter, hour).Value);
        Assert.Equal(2, Store.Hit(counter, 1_000).Value);
        Assert.Equal(0, Store.Read(counter, 11_000));
    }

    [Fact]
    public void Execute_SameNameAndOtherKind_SharesNothing()
    {
        Store.Hit(StoreDriver.Counter(name: "p/c"), 0);

        Assert.Equal(0, Store.Read(StoreDriver.Counter(name: "p/c", seconds: 20), 0));
        Assert.Equal(0, Store.Read(StoreDriver.Counter(WindowKind.Sum, name: "p/c"), 0));
        Assert.Equal(0, Store.Read(StoreDriver.Counter(name: "p/c~would"), 0));
        Assert.Equal(0, Store.Read(StoreDriver.Counter(name: "p/c") with { KeyText = "client_net" }, 0));
        Assert.Equal(1, Store.Read(StoreDriver.Counter(name: "p/c") with { HalfFull = 7, MaxKeys = 5 }, 0));
    }

    [Fact]
    public void Execute_StrangeKeysOfHoldsBansMemoriesAndGreylists_AreKeptApart()
    {
        var hold = new HoldDefinition("p/r", TimeSpan.FromSeconds(10));
        var memory = new MemoryDefinition("p/m", TimeSpan.FromSeconds(10));
        var keys = new[] { string.Empty, "\0", "}", "{", "a:b", "日本", "\ud800", new string('x', 257), new string('x', 10_000) };
        foreach (var key in keys)
        {
            Assert.Equal(default, Store.Hold(hold, 0, key: key));
            Store.Hold(hold, 0, start: true, key: key);
            Assert.Equal(default, Store.Remembered(memory, 0, key));
            Store.Remember(memory, 0, key);
            Assert.Equal(GreylistOutcome.Delayed, Store.Greylist(GreylistContract<TKind>.OneMinute, 0, key, key).Outcome);
        }

        Assert.All(keys, key => Assert.Equal(StoreDriver.At(10_000), Store.Hold(hold, 1, key: key)));
        Assert.All(keys, key => Assert.Equal(StoreDriver.At(10_000), Store.Remembered(memory, 1, key)));
        Assert.All(keys, key => Assert.Equal(GreylistOutcome.Passed, Store.Greylist(GreylistContract<TKind>.OneMinute, 60_000, key, key).Outcome));
    }
}
