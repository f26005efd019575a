using Pmilter.Effects.Counters;
using Pmilter.Effects.Tests.Counters.Contract;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Tests.Counters;

public sealed class MemoryStateStoreTests
{
    private static readonly HoldDefinition TenSeconds = new("p/r", TimeSpan.FromSeconds(10));
    private static readonly BanDefinition TenSecondBan = new("p/b", [TimeSpan.FromSeconds(10)], TimeSpan.FromDays(7));

    private readonly MemoryStateStore _memory = new();
    private readonly StoreDriver _store;

    public MemoryStateStoreTests() => _store = new StoreDriver(_memory);

    [Fact]
    public async Task Hit_InParallelOnOneKey_AdmitsExactlyMax()
    {
        var counter = StoreDriver.Counter(seconds: 3600);
        var store = new MemoryStateStore();
        var admitted = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            var driver = new StoreDriver(store);
            for (var i = 0; i < 2_000; i++)
            {
                var hit = driver.Hit(counter, i);
                if (hit.Value <= 300)
                {
                    Interlocked.Increment(ref admitted);
                    continue;
                }

                driver.Undo(hit, i);
            }
        })));

        Assert.Equal(300, admitted);
        Assert.Equal(300, new StoreDriver(store).Read(counter, 2_000));
    }

    [Theory]
    [InlineData(WindowKind.Count)]
    [InlineData(WindowKind.Sum)]
    [InlineData(WindowKind.Distinct)]
    public void FirstAt_IsTheOldestEventThatCounts_AndChangesNothing(WindowKind kind)
    {
        var counter = StoreDriver.Counter(kind, seconds: 10);
        Assert.Equal(default, First(0));
        _store.Hit(counter, 1_000, member: "a");
        var second = _store.Hit(counter, 3_000, member: "b");
        _store.Hit(counter, 4_000, member: "c");

        Assert.Equal(StoreDriver.At(1_000), First(5_000));
        Assert.Equal(StoreDriver.At(3_000), First(11_500));
        _store.Undo(second, 11_500);
        Assert.Equal(StoreDriver.At(4_000), First(11_500));
        Assert.Equal(default, First(14_500));

        DateTimeOffset First(double at) => _store.Run(new StateOperation { Kind = StateOperationKind.FirstAt, Counter = counter, Key = "k".AsMemory() }, at).Until;
    }

    [Fact]
    public void FirstAt_OfSlotsAndGauges_IsTheOldestThatIsLeft()
    {
        var store = new StoreDriver(new MemoryStateStore(exactEvents: 4, exactMembers: 4));
        var counter = StoreDriver.Counter(seconds: 60);
        var gauge = StoreDriver.Counter(WindowKind.Gauge, name: "p/g");
        for (var i = 0; i < 20; i++)
        {
            store.Hit(counter, 1_000 * i);
        }

        var open = store.Hit(gauge, 20_000);
        store.Hit(gauge, 21_000);

        Assert.Equal(StoreDriver.At(0), First(counter, 21_000));
        Assert.Equal(StoreDriver.At(6_000), First(counter, 65_500));
        Assert.Equal(StoreDriver.At(20_000), First(gauge, 90_000));
        store.Undo(open, 90_000);
        Assert.Equal(StoreDriver.At(21_000), First(gauge, 90_000));

        DateTimeOffset First(CounterDefinition of, double at) => store.Run(new StateOperation { Kind = StateOperationKind.FirstAt, Counter = of, Key = "k".AsMemory() }, at).Until;
    }

    [Theory]
    [InlineData(WindowKind.Count)]
    [InlineData(WindowKind.Sum)]
    [InlineData(WindowKind.Distinct)]
    public void Hit_KnownKeyInSteadyState_AllocatesNothing(WindowKind kind)
    {
        var counter = StoreDriver.Counter(kind, seconds: 1);
        var hold = new HoldDefinition("p/r", TimeSpan.FromSeconds(1));
        for (var i = 0; i < 2_000; i++)
        {
            _store.Hit(counter, i * 10, "203.0.113.9", 3, "jp");
            _store.Hold(hold, i * 10);
        }

        // The runtime's own work (tiering, a collection) can fall into one round, never into all.
        var least = long.MaxValue;
        for (var round = 2; round < 7; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = round * 1_000; i < (round + 1) * 1_000; i++)
            {
                _store.Hit(counter, i * 10, "203.0.113.9", 3, "jp");
                _store.Hold(hold, i * 10);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public void Hit_MoreKeysThanTheBound_LeastRecentlyUsedGoesFirst()
    {
        var counter = StoreDriver.Counter(maxKeys: 3);
        _store.Hit(counter, 0, "a");
        _store.Hit(counter, 1, "b");
        _store.Hit(counter, 2, "c");
        _store.Hit(counter, 3, "a");
        _store.Hit(counter, 4, "d");

        Assert.Equal([2, 0, 1, 1], new[] { "a", "b", "c", "d" }.Select(key => _store.Read(counter, 5, key)));
        Assert.Equal((3, 1L), (_memory.Counters[0].Keys, _memory.Counters[0].Evictions));
    }

    [Fact]
    public void Hit_MoreKeysThanTheBound_OverHalfFullStays()
    {
        var counter = StoreDriver.Counter(maxKeys: 10, halfFull: 2);
        for (var i = 0; i < 3; i++)
        {
            _store.Hit(counter, i, "spammer");
        }

        for (var i = 0; i < 1_000; i++)
        {
            _store.Hit(counter, 10 + i, $"once{i}");
        }

        Assert.Equal(3, _store.Read(counter, 2_000, "spammer"));
        Assert.Equal(10, _memory.Counters[0].Keys);
    }

    [Fact]
    public void Hit_AllKeysOverHalfFull_StaysBounded()
    {
        var counter = StoreDriver.Counter(maxKeys: 2_000, halfFull: 0.5);
        for (var i = 0; i < 10_000; i++)
        {
            _store.Hit(counter, i / 10d, $"k{i}");
        }

        Assert.Equal((2_000, 8_000L), (_memory.Counters[0].Keys, _memory.Counters[0].Evictions));
    }

    [Fact]
    public void Hit_AMillionKeysOfOneClient_StaysWithinTheDefaultBounds()
    {
        var counter = StoreDriver.Counter(seconds: 3600, halfFull: 2);
        for (var i = 0; i < 4; i++)
        {
            _store.Hit(counter, i, "regular");
        }

        for (var i = 0; i < 1_000_000; i++)
        {
            _store.Hit(counter, 10, $"203.0.113.9 random{i}@spam.example");
        }

        var status = _memory.Counters[0];
        Assert.InRange(status.Keys, 1, 100_000);
        Assert.InRange(status.Bytes, 1, 64_000_000);
        Assert.Equal(4, _store.Read(counter, 11, "regular"));
    }

    [Fact]
    public void Hit_MillionsOfBytes_StaysBelowMaxMemory()
    {
        var counter = StoreDriver.Counter(WindowKind.Distinct, seconds: 3600, maxBytes: 1_000_000);
        for (var i = 0; i < 30_000; i++)
        {
            _store.Hit(counter, i, $"k{i % 100}", member: $"m{i}");
        }

        Assert.InRange(_memory.Counters[0].Bytes, 1, 1_000_000);
        Assert.NotEqual(0, _memory.Counters[0].Evictions);
    }

    [Fact]
    public void Hit_ExpiredKeys_GoAsNewOnesCome()
    {
        var counter = StoreDriver.Counter(seconds: 1);
        for (var i = 0; i < 5_000; i++)
        {
            _store.Hit(counter, i * 100, $"k{i}");
        }

        var status = _memory.Counters[0];
        Assert.InRange(status.Keys, 1, 1_000);
        Assert.Equal(0, status.Evictions);
        _memory.Sweep(StoreDriver.At(600_000));
        Assert.Equal((0, 0L), (_memory.Counters[0].Keys, _memory.Counters[0].Bytes));
    }

    [Fact]
    public void Retain_ChangedWindow_StartsEmptyAndOtherBoundsDoNot()
    {
        var counter = StoreDriver.Counter(seconds: 10);
        _store.Hit(counter, 0);
        var report = _memory.Retain(new StateInventory { Counters = [counter with { HalfFull = 5 }] });
        Assert.Equal(["p/c"], report.Kept);
        Assert.Equal(2, _store.Hit(counter with { HalfFull = 5 }, 1).Value);

        var longer = counter with { Window = TimeSpan.FromSeconds(20) };
        Assert.Equal(["p/c"], _memory.Retain(new StateInventory { Counters = [longer] }).Changed);
        Assert.Equal(1, _store.Hit(longer, 2).Value);
        Assert.Equal(["p/c"], _memory.Retain(StateInventory.Empty).Removed);
    }

    [Fact]
    public void TopKeys_ListsTheHighestFirst()
    {
        var counter = StoreDriver.Counter();
        foreach (var key in new[] { "a", "b", "b", "c", "c", "c" })
        {
            _store.Hit(counter, 0, key);
        }

        Assert.Equal([new KeyCount("c", 3, true), new KeyCount("b", 2, true)], new MemoryStateView(_memory).Top("p/c", 2, StoreDriver.At(1)));
        Assert.Empty(new MemoryStateView(_memory).Top("p/other", 2, StoreDriver.At(1)));
    }

    [Fact]
    public void RunningBans_ListsThemByNameKeyAndEnd()
    {
        _store.Ban(TenSecondBan, 0, StateOperationKind.BanAdd, "203.0.113.9");

        Assert.Equal([new RunningDeadline("p/b", "203.0.113.9", StoreDriver.At(10_000), 0)], new MemoryStateView(_memory).RunningBans(StoreDriver.At(1)));
        Assert.Empty(new MemoryStateView(_memory).RunningBans(StoreDriver.At(10_000)));
    }

    [Fact]
    public void HoldStart_MoreThanTheBound_DropsThoseThatEndSoonest()
    {
        var memory = new MemoryStateStore(512, 512, maxDeadlines: 50);
        var store = new StoreDriver(memory);
        for (var i = 0; i < 200; i++)
        {
            store.Hold(TenSeconds, i, start: true, key: $"k{i}");
        }

        Assert.InRange(new MemoryStateView(memory).RunningHolds(StoreDriver.At(200)).Count, 40, 50);
        Assert.NotEqual(default, store.Hold(TenSeconds, 200, key: "k199"));
    }
}
