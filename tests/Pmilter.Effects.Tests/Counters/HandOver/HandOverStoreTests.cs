using Pmilter.Effects.Counters;
using Pmilter.Effects.Counters.HandOver;
using Pmilter.Effects.Counters.Snapshots;
using Pmilter.Effects.Tests.Counters.Contract;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Tests.Counters.HandOver;

public sealed class HandOverStoreTests
{
    private static readonly CounterDefinition Counter = StoreDriver.Counter(seconds: 3600);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly MemoryStateStore _old = new();
    private readonly MemoryStateStore _new = new();
    private readonly HandOverStore _store;

    public HandOverStoreTests() => _store = new HandOverStore(_old);

    [Fact]
    public async Task Execute_WhileHeld_WaitsAndIsDoneAfterwards()
    {
        _store.Hold();
        var hit = HitAsync();
        Assert.False(hit.IsCompleted);
        Assert.Equal(0, new StoreDriver(_old).Read(Counter, 0));

        _store.Resume();

        Assert.Equal(1, await hit.WaitAsync(Patience));
        Assert.Equal(2, await HitAsync().WaitAsync(Patience));
    }

    [Fact]
    public async Task Execute_ByManyThreadsAcrossAHandOver_CountsEachOnce()
    {
        const int Threads = 8;
        const int Hits = 2_000;
        var begun = new CountdownEvent(Threads);
        var work = Enumerable.Range(0, Threads).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < Hits; i++)
            {
                await HitAsync();
                if (i == 100)
                {
                    begun.Signal();
                }
            }
        })).ToArray();
        Assert.True(begun.Wait(Patience));

        _store.Hold();
        Copy();
        var (here, there) = ForwardedStores.Connect();
        _store.HandTo(new StateForwarder(here, TimeProvider.System, reason => Assert.Fail(reason)));
        _ = new StateReceiver(_new, () => StateInventory.Empty).RunAsync(there, CancellationToken.None);
        await Task.WhenAll(work).WaitAsync(Patience);

        Assert.Equal(Threads * Hits, new StoreDriver(_new).Read(Counter, 0));
    }

    [Fact]
    public async Task Undo_OfAHitFromBefore_IsTakenBackThere()
    {
        var hit = new StoreDriver(_store).Hit(Counter, 0);
        await HitAsync();
        _store.Hold();
        Copy();
        var (here, there) = ForwardedStores.Connect();
        _store.HandTo(new StateForwarder(here, TimeProvider.System, reason => Assert.Fail(reason)));
        _ = new StateReceiver(_new, () => StateInventory.Empty).RunAsync(there, CancellationToken.None);

        Assert.Equal(1, new StoreDriver(_store).Undo(hit, 0));
        Assert.Equal(1, new StoreDriver(_new).Read(Counter, 0));
    }

    [Fact]
    public async Task Gauge_AfterAHandOver_StaysHere()
    {
        var gauge = StoreDriver.Counter(WindowKind.Gauge, name: "p/open");
        var driver = new StoreDriver(_store);
        var open = driver.Hit(gauge, 0);
        _store.Hold();
        var (here, there) = ForwardedStores.Connect();
        _store.HandTo(new StateForwarder(here, TimeProvider.System, reason => Assert.Fail(reason)));
        _ = new StateReceiver(_new, () => StateInventory.Empty).RunAsync(there, CancellationToken.None);

        Assert.Equal(2, driver.Hit(gauge, 0).Value);
        Assert.Equal(1, driver.Undo(open, 0));
        Assert.Equal(0, new StoreDriver(_new).Read(gauge, 0));
        await Task.CompletedTask;
    }

    [Fact]
    public async Task Execute_AfterTheOtherHasEnded_GoesOnHereAndTellsOnce()
    {
        await HitAsync();
        var told = new List<string>();
        _store.Hold();
        var (here, there) = ForwardedStores.Connect();
        _store.HandTo(new StateForwarder(here, TimeProvider.System, told.Add));
        await there.DisposeAsync();

        Assert.Equal(2, await HitAsync().WaitAsync(Patience));
        Assert.Equal(3, await HitAsync().WaitAsync(Patience));
        Assert.Single(told);
    }

    [Fact]
    public async Task Receiver_CountersOfThePoliciesInForce_HaveTheirBounds()
    {
        var newer = Counter with { MaxKeys = 5 };
        var (here, there) = ForwardedStores.Connect();
        _store.Hold();
        _store.HandTo(new StateForwarder(here, TimeProvider.System, reason => Assert.Fail(reason)));
        _ = new StateReceiver(_new, () => new StateInventory { Counters = [newer] }).RunAsync(there, CancellationToken.None);

        await HitAsync().WaitAsync(Patience);

        Assert.Equal(5, _new.Counters.Single().Definition.MaxKeys);
    }

    [Fact]
    public async Task Receiver_BytesThatAreNoBatch_EndItAndNothingElse()
    {
        var (here, there) = ForwardedStores.Connect();
        var receiver = new StateReceiver(_new, () => StateInventory.Empty).RunAsync(there, CancellationToken.None);

        await here.WriteAsync(new byte[] { 3, 0, 0, 0, 1, 2, 3 });

        await Assert.ThrowsAsync<IOException>(() => receiver.WaitAsync(Patience));
    }

    private void Copy()
    {
        using var bytes = new MemoryStream();
        StateSnapshot.Write(_old, bytes, StoreDriver.At(0));
        StateSnapshot.Read(bytes, _new, StoreDriver.At(0));
    }

    private async Task<double> HitAsync()
    {
        var batch = new StateBatch();
        batch.Add(new StateOperation { Kind = StateOperationKind.Hit, Counter = Counter, Key = "k".AsMemory(), Amount = 1 });
        await _store.ExecuteAsync(batch, StoreDriver.At(0), CancellationToken.None);
        return batch[0].Value;
    }
}
