using Microsoft.Extensions.Time.Testing;
using Pmilter.Effects.Counters;
using Pmilter.Policies.State;
using Pmilter.Server;

namespace Pmilter.Tests.Server.State;

public sealed class StateKeeperTests : IDisposable
{
    private static readonly CounterDefinition Counter = new("p/c", WindowKind.Count, TimeSpan.FromHours(1), "client_ip", 100_000, 64_000_000, false, 0);
    private static readonly GreylistDefinition Grey = new(
        "p/g", "client_net", TimeSpan.FromMinutes(1), TimeSpan.FromDays(2), TimeSpan.FromDays(35), 0, TimeSpan.Zero, AdoptsShadow: false);

    private static readonly StateInventory Inventory = new() { Counters = [Counter], Greylists = [Grey] };

    private readonly string _root = Directory.CreateTempSubdirectory("pmilter-state-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero));
    private readonly RecordedLog _log = new();

    private string Folder => Path.Combine(_root, "state");

    private string Snapshot => Path.Combine(Folder, "state.snapshot");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Open_AfterASave_GoesOnWithEverything()
    {
        Run(state =>
        {
            Assert.Equal(1, Hit(state));
            Assert.Equal(GreylistOutcome.Delayed, Check(state));
        });
        _time.Advance(TimeSpan.FromMinutes(1));
        Run(state =>
        {
            Assert.Equal(2, Hit(state));
            Assert.Equal(GreylistOutcome.Passed, Check(state));
        });
        _time.Advance(TimeSpan.FromDays(1));
        Run(state => Assert.Equal(GreylistOutcome.Known, Check(state)));

        Assert.Equal($"Information: State is kept in {Folder}; nothing was saved there before", _log.Lines[0]);
        Assert.Contains(_log.Lines, line => line.StartsWith($"Information: State loaded from {Snapshot}, 60 s old: keys: 1 of counters: 1, bans: 0, holds: 0, memories: 0, greylist entries: 1; in ", StringComparison.Ordinal));
    }

    [Fact]
    public void Save_MakesFolderAndFilesTheOwnersAlone()
    {
        Run(state => Hit(state));

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Snapshot));
        Assert.Equal(["lock", "state.snapshot"], Directory.GetFiles(Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Save_NothingChanged_WritesNothing()
    {
        Run(state => Hit(state));
        File.SetLastWriteTimeUtc(Snapshot, new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        Run(_ => { });

        Assert.Equal(2001, File.GetLastWriteTimeUtc(Snapshot).Year);
    }

    [Fact]
    public async Task RunAsync_SavesEachTimeSomethingChanged()
    {
        var state = new MemoryStateStore();
        using var keeper = Keeper(state);
        keeper.Open(Inventory);
        using var stop = new CancellationTokenSource();
        var run = keeper.RunAsync(stop.Token);
        for (var i = 1; i < 4; i++)
        {
            Hit(state);
            _time.Advance(TimeSpan.FromSeconds(10));
            await Eventually(() => !state.HasChanged && File.Exists(Snapshot));
        }

        await stop.CancelAsync();
        await run;
        var copy = new MemoryStateStore();
        using var file = File.OpenRead(Snapshot);
        Assert.Equal(1, Pmilter.Effects.Counters.Snapshots.StateSnapshot.Read(file, copy, _time.GetUtcNow()).Keys);
        Assert.Equal(4, Hit(copy));
    }

    [Fact]
    public void Open_BrokenFile_IsSetAsideAndTheStartGoesOn()
    {
        Run(state => Hit(state));
        File.WriteAllBytes(Snapshot, File.ReadAllBytes(Snapshot)[..^3]);

        Run(state => Assert.Equal(1, Hit(state)));

        Assert.True(File.Exists(Snapshot + ".broken-20260105T000000Z"));
        Assert.True(File.Exists(Snapshot));
        Assert.Single(_log.Lines, line => line.StartsWith($"Error: State begins empty: {Snapshot} cannot be read, it is cut off after ", StringComparison.Ordinal)
            && line.EndsWith($"it is kept as {Snapshot}.broken-20260105T000000Z", StringComparison.Ordinal));
    }

    [Fact]
    public void Open_LeftoverOfASaveThatWasCut_IsRemoved()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Snapshot + ".tmp", "half");

        Run(_ => { });

        Assert.False(File.Exists(Snapshot + ".tmp"));
    }

    [Fact]
    public void Open_SecondServer_DoesNotStartAndTouchesNothing()
    {
        using var first = Keeper(new MemoryStateStore());
        first.Open(Inventory);
        using (var second = Keeper(new MemoryStateStore()))
        {
            var error = Assert.Throws<ServerStartException>(() => second.Open(Inventory));
            Assert.StartsWith($"Cannot use the state folder {Folder}: another pmilter runs with it; stop that one", error.Message, StringComparison.Ordinal);
        }

        first.Dispose();
        using var third = Keeper(new MemoryStateStore());
        third.Open(Inventory);
    }

    [Fact]
    public void Save_DiskFails_IsSaidOnceAndOnceWhenItWorksAgain()
    {
        var state = new MemoryStateStore();
        using var keeper = Keeper(state);
        keeper.Open(Inventory);
        var blocked = Directory.CreateDirectory(Snapshot + ".tmp");
        for (var i = 0; i < 3; i++)
        {
            Hit(state);
            keeper.Save();
        }

        Assert.Single(_log.Lines, line => line.StartsWith($"Error: State cannot be saved in {Folder}: ", StringComparison.Ordinal));
        Assert.Equal(4, Hit(state));

        blocked.Delete();
        keeper.Save();
        keeper.Save();
        Assert.Single(_log.Lines, line => line == $"Information: State is saved in {Folder} again");
        Assert.True(File.Exists(Snapshot));
    }

    [Fact]
    public void Open_FolderThatCannotBeMade_GoesOnWithoutAndSavesWhenItCan()
    {
        File.WriteAllText(Folder, "a file where the folder should be");
        var state = new MemoryStateStore();
        using var keeper = Keeper(state);
        keeper.Open(Inventory);
        Assert.Equal(1, Hit(state));
        keeper.Save();
        Assert.Single(_log.Lines, line => line.StartsWith("Error: ", StringComparison.Ordinal));

        File.Delete(Folder);
        keeper.Save();
        Assert.True(File.Exists(Snapshot));
        Assert.Contains(_log.Lines, line => line.EndsWith("again", StringComparison.Ordinal));
    }

    [Fact]
    public void Save_FolderRemovedMeanwhile_MakesItAnew()
    {
        Run(state =>
        {
            Hit(state);
            Directory.Delete(Folder, recursive: true);
        });

        Run(state => Assert.Equal(2, Hit(state)));
    }

    [Fact]
    public void Open_FileOfANewerFormat_IsRefusedAndKept()
    {
        Run(state => Hit(state));
        var newer = OfFormat(9);

        Run(state => Assert.Equal(1, Hit(state)));

        var kept = Assert.Single(Directory.GetFiles(Folder, "state.snapshot.broken-*"));
        Assert.Equal(newer, File.ReadAllBytes(kept));
        Assert.Contains(_log.Lines, line => line == $"Error: State begins empty: {Snapshot} cannot be read, it is of format 9, and this Pmilter reads format 1; it is kept as {kept}");
    }

    [Fact]
    public void Open_FileOfANewerFormatThatIsTakenOver_LeavesAllToTheProcessBefore()
    {
        Run(state => Hit(state));
        var newer = OfFormat(9);
        using var keeper = Keeper(new MemoryStateStore());

        var refusal = Assert.Throws<ServerStartException>(() => keeper.Open(Inventory, isTakenOver: true));

        Assert.Contains("Cannot take over the state", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("it is of format 9, and this Pmilter reads format 1", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(newer, File.ReadAllBytes(Snapshot));
        Assert.Empty(Directory.GetFiles(Folder, "*broken*"));
    }

    [Fact]
    public async Task Release_AnotherHasTheFolderUntilItIsRetaken()
    {
        var state = new MemoryStateStore();
        using var keeper = Keeper(state);
        keeper.Open(Inventory);
        Hit(state);
        keeper.Release();

        var successor = new MemoryStateStore();
        using (var other = Keeper(successor))
        {
            other.Open(Inventory, isTakenOver: true);
            Assert.Equal(2, Hit(successor));
            Hit(state);
            keeper.Save();
        }

        await keeper.RetakeAsync();
        Assert.Throws<ServerStartException>(() => Keeper(new MemoryStateStore()).Open(Inventory));
        keeper.Save();
        keeper.Dispose();
        Run(last => Assert.Equal(3, Hit(last)));
    }

    [Fact]
    public void WithoutAFolder_SaysAndDoesNothing()
    {
        var state = new MemoryStateStore();
        using var keeper = new StateKeeper(new StateSettings(), state, _time, new Microsoft.Extensions.Logging.Logger<StateKeeper>(_log));
        keeper.Open(Inventory);
        Hit(state);
        keeper.Save();

        Assert.Empty(_log.Lines);
        Assert.Empty(Directory.GetFileSystemEntries(_root));
    }

    [Fact]
    public void Open_CounterOfAnotherWindow_BeginsEmptyAndIsNamed()
    {
        Run(state => Hit(state));
        using var keeper = Keeper(new MemoryStateStore());

        keeper.Open(new StateInventory { Counters = [Counter with { Window = TimeSpan.FromHours(2) }] });

        Assert.Contains("Information: Counters that begin empty since their window or key changed: p/c", _log.Lines);
    }

    /// <summary>The saved file, as a later version would write it.</summary>
    private byte[] OfFormat(byte format)
    {
        var bytes = File.ReadAllBytes(Snapshot);
        bytes["pmstate\n".Length] = format;
        File.WriteAllBytes(Snapshot, bytes);
        return bytes;
    }

    private static double Hit(MemoryStateStore state, FakeTimeProvider time) =>
        Execute(state, time, new StateOperation { Kind = StateOperationKind.Hit, Counter = Counter, Key = "k".AsMemory(), Amount = 1 }).Value;

    private static StateOperation Execute(MemoryStateStore state, FakeTimeProvider time, StateOperation operation)
    {
        var batch = new StateBatch();
        batch.Add(operation);
        var execution = state.ExecuteAsync(batch, time.GetUtcNow(), CancellationToken.None);
        Assert.True(execution.IsCompletedSuccessfully);
        return batch[0];
    }

    private static async Task Eventually(Func<bool> isTrue)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!isTrue())
        {
            await Task.Delay(5, limit.Token);
        }
    }

    private double Hit(MemoryStateStore state) => Hit(state, _time);

    private GreylistOutcome Check(MemoryStateStore state) => (GreylistOutcome)Execute(
        state, _time, new StateOperation { Kind = StateOperationKind.GreylistCheck, Greylist = Grey, Key = "k".AsMemory(), Client = "c".AsMemory() }).Value;

    private StateKeeper Keeper(MemoryStateStore state) =>
        new(new StateSettings { Folder = Folder }, state, _time, new Microsoft.Extensions.Logging.Logger<StateKeeper>(_log));

    /// <summary>A server's life: opened, used, saved at the end.</summary>
    private void Run(Action<MemoryStateStore> use)
    {
        var state = new MemoryStateStore();
        using var keeper = Keeper(state);
        keeper.Open(Inventory);
        use(state);
        keeper.Save();
    }
}
