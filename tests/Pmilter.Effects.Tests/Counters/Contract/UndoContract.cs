using Pmilter.Policies.State;

namespace Pmilter.Effects.Tests.Counters.Contract;

public abstract class UndoContract<TKind> : StateStoreContract<TKind>
    where TKind : IStoreKind, new()
{
    [Theory]
    [InlineData(512)]
    [InlineData(4)]
    public void Undo_Twice_TakesOneEventOnce(int exactEvents)
    {
        var store = NewStore(exactEvents, 100);
        var counter = StoreDriver.Counter();
        var hits = Enumerable.Range(0, 10).Select(_ => store.Hit(counter, 0)).ToArray();

        Assert.Equal(9, store.Undo(hits[9], 1));
        Assert.Equal(9, store.Undo(hits[9], 1));
        Assert.Equal(8, store.Undo(hits[0], 2));
        Assert.Equal(8, store.Undo(hits[0], 2));
    }

    [Fact]
    public void Undo_AgainAfterTheKeyWentOverToSlots_TakesNothing()
    {
        var store = NewStore(4, 100);
        var counter = StoreDriver.Counter();
        store.Hit(counter, 0);
        var undone = store.Hit(counter, 1);
        store.Undo(undone, 1);
        for (var i = 2; i < 10; i++)
        {
            store.Hit(counter, i);
        }

        Assert.Equal(9, store.Undo(undone, 10));
    }

    [Fact]
    public void Undo_InTheMiddle_LeavesTheOthersTheirTimes()
    {
        var store = NewStore();
        var counter = StoreDriver.Counter(WindowKind.Sum);
        store.Hit(counter, 0, amount: 1);
        var middle = store.Hit(counter, 1_000, amount: 10);
        store.Hit(counter, 2_000, amount: 100);

        Assert.Equal(101, store.Undo(middle, 3_000));
        Assert.Equal(100, store.Read(counter, 10_500));
        Assert.Equal(0, store.Read(counter, 12_000));
    }

    [Fact]
    public void Undo_AfterTheWindow_TakesNothing()
    {
        var store = NewStore();
        var counter = StoreDriver.Counter();
        var old = store.Hit(counter, 0);
        store.Hit(counter, 10_500);

        Assert.Equal(1, store.Undo(old, 10_600));
    }

    [Fact]
    public void Undo_OfAMembersFirstHit_RemovesTheMember()
    {
        var store = NewStore();
        var counter = StoreDriver.Counter(WindowKind.Distinct);
        var hit = store.Hit(counter, 0, member: "a");

        Assert.Equal(0, store.Undo(hit, 1));
    }

    [Fact]
    public void Undo_OfARefresh_RestoresTheEarlierTime()
    {
        var store = NewStore();
        var counter = StoreDriver.Counter(WindowKind.Distinct);
        store.Hit(counter, 0, member: "a");
        var refresh = store.Hit(counter, 5_000, member: "a");

        Assert.Equal(1, store.Undo(refresh, 5_001));
        Assert.Equal(0, store.Read(counter, 10_000));
    }

    [Fact]
    public void Undo_OfAllHitsOfAMember_InAnyOrder_RemovesIt()
    {
        var counter = StoreDriver.Counter(WindowKind.Distinct);
        foreach (var order in new[] { "012", "021", "102", "120", "201", "210" })
        {
            var store = NewStore();
            var hits = Enumerable.Range(0, 3).Select(i => store.Hit(counter, i, member: "a")).ToArray();
            var values = order.Select(c => store.Undo(hits[c - '0'], 10)).ToArray();

            Assert.Equal([1, 1, 0], values);
        }
    }

    [Fact]
    public void Undo_OfAnUnknownKeyOrStamp_TakesNothing()
    {
        var store = NewStore();
        var counter = StoreDriver.Counter();
        var hit = store.Hit(counter, 0);

        Assert.Equal(1, store.Undo(hit with { Stamp = hit.Stamp + 1 }, 1));
        Assert.Equal(0, store.Undo(hit with { Key = "other".AsMemory() }, 1));
        Assert.Equal(1, store.Read(counter, 1));
    }
}
