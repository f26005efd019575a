using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pmilter.Effects.Counters;
using Pmilter.Effects.Redis;
using Pmilter.Effects.Tests.Counters.Contract;
using Pmilter.Policies.State;
using Pmilter.TestKit;

namespace Pmilter.Effects.Tests.Redis;

/// <summary>Two stores on one redis-server that is killed, frozen and started again.</summary>
[Collection("redis")]
public sealed class SharedStateTests : IAsyncLifetime, IDisposable
{
    /// <summary>Longer than the default, for a machine that runs other tests beside.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Ample = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly CounterDefinition Events = StoreDriver.Counter(seconds: 3600);
    private static readonly BanDefinition Ban = new("p/b", [TimeSpan.FromHours(1)], TimeSpan.FromDays(1));

    private readonly RedisServer _server = RedisServer.Start();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(SharedStateStore Store, Task Run)> _stores = [];
    private readonly List<MemoryStateStore> _locals = [];
    private readonly Lines _log = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var (store, run) in _stores)
        {
            await run;
            await store.DisposeAsync();
        }

    }

    public void Dispose()
    {
        _server.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task TwoStores_OnOneServer_EnforceOneLimitExactly()
    {
        var (one, two) = (await StartAsync(), await StartAsync());
        var admitted = 0;
        await Task.WhenAll(new[] { one, two, one, two }.Select(store => Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                var hit = await RunAsync(store, Hit());
                if (hit.Operation.Value <= 150)
                {
                    Interlocked.Increment(ref admitted);
                    continue;
                }

                await RunAsync(store, hit.Operation with { Kind = StateOperationKind.Undo });
            }
        })));

        Assert.Equal(150, admitted);
        Assert.Equal(150, (await RunAsync(two, Read())).Operation.Value);
    }

    [Fact]
    public async Task BanOfOne_HoldsAtTheOther_AndStillWhenRedisIsDead()
    {
        var (one, two) = (await StartAsync(), await StartAsync());
        await RunAsync(one, BanIs(StateOperationKind.BanAdd));
        Assert.True((await RunAsync(two, BanIs(StateOperationKind.BanRead))).Operation.Until > DateTimeOffset.UtcNow);

        _server.Kill();
        var after = await RunAsync(two, BanIs(StateOperationKind.BanRead));

        Assert.True(after.IsDegraded);
        Assert.InRange(after.Operation.Until, DateTimeOffset.UtcNow.AddMinutes(58), DateTimeOffset.UtcNow.AddMinutes(61));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Server_KilledOrFrozen_LocalCountersTakeOverWarm_AndRecoveryIsAutomatic(bool freezes)
    {
        var store = await StartAsync(budget: Budget);
        for (var i = 1; i <= 5; i++)
        {
            Assert.Equal((i, false), ((await RunAsync(store, Hit())).Operation.Value, store.IsDegraded));
        }

        Break(freezes);
        var watch = Stopwatch.StartNew();
        var first = await RunAsync(store, Hit());
        var waited = watch.Elapsed;
        Assert.Equal((6d, true), (first.Operation.Value, first.IsDegraded));

        // Without a budget a frozen server would hold it up for a second or more; a busy machine may add to it.
        Assert.InRange(waited, TimeSpan.Zero, Budget * 4);
        watch.Restart();
        for (var i = 7; i <= 206; i++)
        {
            Assert.Equal(i, (await RunAsync(store, Hit())).Operation.Value);
        }

        // Nobody waits again: two hundred events in less than what ten of them would have waited.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, Budget * 10);
        Assert.Single(_log.All, line => line.Contains("degraded: local", StringComparison.Ordinal));

        Mend(freezes);
        await UntilAsync(() => !store.IsDegraded);
        Assert.Single(_log.All, line => line.Contains("answers again", StringComparison.Ordinal));

        // A killed server has lost all; a frozen one has read what was sent to it in time, and may do it late: never less than it admitted.
        var next = await RunAsync(store, Hit());
        Assert.False(next.IsDegraded);
        Assert.InRange(next.Operation.Value, freezes ? 6 : 1, freezes ? 7 : 1);
    }

    [Fact]
    public async Task Bans_MadeWithoutRedis_AreWrittenBack_AndLiftedOnesLifted()
    {
        var (one, two) = (await StartAsync(budget: Budget), await StartAsync(budget: Budget));
        await RunAsync(one, BanIs(StateOperationKind.BanAdd, "lifted"));
        _server.Freeze();
        Assert.True((await RunAsync(one, BanIs(StateOperationKind.BanAdd, "made"))).IsDegraded);
        await RunAsync(one, BanIs(StateOperationKind.BanRemove, "lifted"));

        _server.Thaw();
        await UntilAsync(() => !one.IsDegraded && !two.IsDegraded);

        var made = (await RunAsync(two, BanIs(StateOperationKind.BanRead, "made"))).Operation.Until;
        Assert.InRange(made, DateTimeOffset.UtcNow.AddMinutes(58), DateTimeOffset.UtcNow.AddMinutes(61));
        Assert.Equal(default, (await RunAsync(two, BanIs(StateOperationKind.BanRead, "lifted"))).Operation.Until);
    }

    /// <summary>Who only meets a ban again while Redis is away knows nothing new: the hand that lifted it elsewhere stands.</summary>
    [Fact]
    public async Task Ban_LiftedWithoutRedis_IsNotBroughtBackByAServerThatMetItAgain()
    {
        var (one, two) = (await StartAsync(), await StartAsync());
        await RunAsync(one, BanIs(StateOperationKind.BanAdd, "met"));
        await RunAsync(two, BanIs(StateOperationKind.BanRead, "met"));
        var inventory = new StateInventory { Bans = [Ban] };
        var view = new SharedStateView(two, new RedisStateView(two.Redis!, () => inventory), new MemoryStateView(_locals[1]), () => inventory);

        _server.Freeze();
        Assert.Equal((0d, true), await RunAsync(one, BanIs(StateOperationKind.BanAdd, "met")) is var again ? (again.Operation.Value, again.IsDegraded) : default);
        Assert.True((await RunAsync(two, BanIs(StateOperationKind.BanRead, "met"))).IsDegraded);
        Assert.True(await view.LiftBanAsync("p/b", "met", DateTimeOffset.UtcNow, CancellationToken.None));
        Assert.Equal(default, (await RunAsync(two, BanIs(StateOperationKind.BanRead, "met"))).Operation.Until);

        _server.Thaw();
        await UntilAsync(() => !one.IsDegraded && !two.IsDegraded);
        Assert.Equal(default, (await RunAsync(one, BanIs(StateOperationKind.BanRead, "met"))).Operation.Until);
        Assert.Equal(default, (await RunAsync(two, BanIs(StateOperationKind.BanRead, "met"))).Operation.Until);
    }

    [Fact]
    public async Task Register_KeepsTheNewestOfEach_AndForgetsNothingThatIsNewer()
    {
        var (one, two) = (new SharedRegister(await StartAsync(), "r"), new SharedRegister(await StartAsync(), "r"));
        Assert.True(await one.WriteAsync([new("a", 2, "two"), new("b", long.MaxValue, "日本 {\"x\":1}")]));
        Assert.True(await two.WriteAsync([new("a", 1, "one"), new("a", 1, string.Empty), new("c", 7, "c")]));
        Assert.Equal([new("a", 2, "two"), new("b", long.MaxValue, "日本 {\"x\":1}"), new("c", 7, "c")], (await one.ReadAsync())!.OrderBy(entry => entry.Name, StringComparer.Ordinal));

        Assert.True(await two.WriteAsync([new("a", 3, "three"), new("c", 7, string.Empty)]));
        Assert.Equal([new("a", 3, "three"), new("b", long.MaxValue, "日本 {\"x\":1}")], (await one.ReadAsync())!.OrderBy(entry => entry.Name, StringComparer.Ordinal));

        _server.Kill();
        Assert.Null(await one.ReadAsync());
        Assert.False(await two.WriteAsync([new("a", 4, "four")]));
    }

    [Fact]
    public async Task Server_AbsentAtStart_StopsNothing()
    {
        _server.Kill();

        var store = await StartAsync();
        Assert.True(store.IsDegraded);
        Assert.Equal((1d, true), ((await RunAsync(store, Hit())).Operation.Value, store.IsDegraded));

        _server.Restart();
        await UntilAsync(() => !store.IsDegraded);
        Assert.False((await RunAsync(store, Hit())).IsDegraded);
    }

    [Fact]
    public async Task OnError_OtherThanLocal_FailsTheEvent_AndTheNextAtOnce()
    {
        var store = await StartAsync(goesOnLocally: false, Budget);
        var hit = await RunAsync(store, Hit());
        Assert.Equal(0, (await RunAsync(store, hit.Operation with { Kind = StateOperationKind.Undo })).Operation.Value);
        _server.Freeze();

        await Assert.ThrowsAsync<StateStoreException>(() => RunAsync(store, Hit()));
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 50; i++)
        {
            await Assert.ThrowsAsync<StateStoreException>(() => RunAsync(store, Hit()));
        }

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, Budget * 20);
        _server.Thaw();
        await UntilAsync(() => !store.IsDegraded);
        await RunAsync(store, Hit());
    }

    [Fact]
    public async Task LocalScope_NeverReachesRedis()
    {
        var (one, two) = (await StartAsync(), await StartAsync());
        var local = Events with { IsLocal = true, Name = "p/local" };
        await RunAsync(one, Hit() with { Counter = local });

        Assert.Equal(1, (await RunAsync(one, Read() with { Counter = local })).Operation.Value);
        Assert.Equal(0, (await RunAsync(two, Read() with { Counter = local })).Operation.Value);
    }

    [Fact]
    public async Task View_ShowsAndResetsWhatIsShared()
    {
        var store = await StartAsync();
        await RunAsync(store, Hit("a\u001fb:c}"));
        await RunAsync(store, Hit("a\u001fb:c}"));
        await RunAsync(store, Hit("日本\ud800\0"));
        await RunAsync(store, BanIs(StateOperationKind.BanAdd, "x"));
        var greylist = new GreylistDefinition("p/g", "client_net", TimeSpan.FromMinutes(5), TimeSpan.FromDays(2), TimeSpan.FromDays(35), 1, TimeSpan.Zero, false);
        await RunAsync(store, new StateOperation { Kind = StateOperationKind.GreylistCheck, Greylist = greylist, Key = "n f".AsMemory(), Client = "n".AsMemory() });
        var inventory = new StateInventory { Counters = [Events], Bans = [Ban], Greylists = [greylist] };
        var view = new RedisStateView(store.Redis!, () => inventory);
        var now = DateTimeOffset.UtcNow;

        Assert.Equal(2, Assert.Single(await view.CountersAsync(CancellationToken.None)).Keys);
        Assert.Equal([new KeyCount("a\u001fb:c}", 2, true), new KeyCount("日本\ud800\0", 1, true)], await view.TopAsync("p/c", 9, now, CancellationToken.None));
        Assert.Equal(("p/b", "x", 0), Assert.Single(await view.BansAsync(now, CancellationToken.None)) is var ban ? (ban.Name, ban.Key, ban.Repeats) : default);
        Assert.Equal(new GreylistStatus("p/g", 1, 0, 0), Assert.Single(await view.GreylistsAsync(now, CancellationToken.None)));
        Assert.Equal(("n f", "waiting"), Assert.Single(await view.GreylistAsync("p/g", "F", 9, now, CancellationToken.None)) is var tuple ? (tuple.Key, tuple.State) : default);
        Assert.Equal(1, await view.ResetAsync("p/c", "a\u001fb:c}", now, CancellationToken.None));
        Assert.Null(await view.FindAsync("p/c", "a\u001fb:c}", now, CancellationToken.None));
        Assert.True(await view.LiftBanAsync("p/b", "x", now, CancellationToken.None));
        Assert.Empty(await view.BansAsync(now, CancellationToken.None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("unix:")]
    [InlineData("localhost:99999999")]
    [InlineData("localhost,nosuchoption=1")]
    public async Task Address_ThatCannotBeRead_IsAClearError(string address)
    {
        await using var store = new SharedStateStore(new SharedStateOptions(address, "p", Budget, true), new MemoryStateStore(), TimeProvider.System, NullLogger<SharedStateStore>.Instance);

        await Assert.ThrowsAsync<FormatException>(store.StartAsync);
    }

    [Theory]
    [InlineData("localhost,password=s3cr3t,nosuchoption=1")]
    [InlineData("localhost:99999999,password=s3cr3t")]
    [InlineData("unix:,password=s3cr3t")]
    [InlineData("localhost,nosuchoption=s3cr3t")]
    public async Task Address_ThatCannotBeRead_IsToldWithoutItsPassword(string address)
    {
        await using var store = new SharedStateStore(new SharedStateOptions(address, "p", Budget, true), new MemoryStateStore(), TimeProvider.System, NullLogger<SharedStateStore>.Instance);

        Assert.DoesNotContain("s3cr3t", (await Assert.ThrowsAsync<FormatException>(store.StartAsync)).Message, StringComparison.Ordinal);
    }

    private static StateOperation Hit(string key = "k") => new() { Kind = StateOperationKind.Hit, Counter = Events, Key = key.AsMemory(), Amount = 1 };

    private static StateOperation Read() => Hit() with { Kind = StateOperationKind.Read };

    private static StateOperation BanIs(StateOperationKind kind, string key = "k") => new() { Kind = kind, Ban = Ban, Key = key.AsMemory() };

    private static async Task<(StateOperation Operation, bool IsDegraded)> RunAsync(SharedStateStore store, StateOperation operation)
    {
        var batch = new StateBatch();
        batch.Add(operation);
        await store.ExecuteAsync(batch, DateTimeOffset.UtcNow, CancellationToken.None);
        return (batch[0], batch.IsDegraded);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }

    private void Break(bool freezes)
    {
        if (freezes)
        {
            _server.Freeze();
            return;
        }

        _server.Kill();
    }

    private void Mend(bool freezes)
    {
        if (freezes)
        {
            _server.Thaw();
            return;
        }

        _server.Restart();
    }

    private async Task<SharedStateStore> StartAsync(bool goesOnLocally = true, TimeSpan? budget = null)
    {
        var options = new SharedStateOptions(_server.Address, "p", budget ?? Ample, goesOnLocally);
        var local = new MemoryStateStore();
        var store = new SharedStateStore(options, local, TimeProvider.System, _log);
        await store.StartAsync();
        _locals.Add(local);
        _stores.Add((store, store.RunAsync(_stop.Token)));

        // The scripts are compiled in Redis, and here by the runtime, before anything is measured.
        if (!store.IsDegraded)
        {
            await UntilAsync(() => Warm(store));
        }

        _log.Clear();
        return store;
    }

    private static bool Warm(SharedStateStore store)
    {
        var warm = Task.Run(async () =>
        {
            await RunAsync(store, Hit() with { Counter = Events with { Name = "p/warm" } });
            await RunAsync(store, BanIs(StateOperationKind.BanRead, "warm"));
            var done = await RunAsync(store, Read() with { Counter = Events with { Name = "p/warm" } });
            return !done.IsDegraded && !store.IsDegraded;
        });
        try
        {
            return warm.GetAwaiter().GetResult();
        }
        catch (StateStoreException)
        {
            return false;
        }
    }

    private sealed class Lines : ILogger<SharedStateStore>
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyList<string> All => [.. _lines];

        public void Clear() => _lines.Clear();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue(formatter(state, exception));
    }
}
