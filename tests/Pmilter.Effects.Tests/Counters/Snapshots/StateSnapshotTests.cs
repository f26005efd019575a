using CsCheck;
using Pmilter.Effects.Counters;
using Pmilter.Effects.Counters.Snapshots;
using Pmilter.Effects.Tests.Counters.Contract;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Tests.Counters.Snapshots;

public sealed class StateSnapshotTests
{
    private const double Hour = 3_600_000;

    private static readonly CounterDefinition Events = StoreDriver.Counter(name: "p/events", seconds: 60);
    private static readonly CounterDefinition Sums = StoreDriver.Counter(WindowKind.Sum, name: "p/sums", seconds: 60);
    private static readonly CounterDefinition Values = StoreDriver.Counter(WindowKind.Distinct, name: "p/values", seconds: 60);
    private static readonly CounterDefinition Open = StoreDriver.Counter(WindowKind.Gauge, name: "p/open");
    private static readonly HoldDefinition Held = new("p/r", TimeSpan.FromSeconds(30));
    private static readonly BanDefinition Banned = new("p/b", [TimeSpan.FromSeconds(10), null], TimeSpan.FromDays(7));
    private static readonly MemoryDefinition Remembered = new("p/m", TimeSpan.FromDays(1));
    private static readonly GreylistDefinition Grey = new(
        "p/g", "client_net", TimeSpan.FromMinutes(1), TimeSpan.FromDays(2), TimeSpan.FromDays(35), 1, TimeSpan.Zero, AdoptsShadow: false);

    [Fact]
    public void Read_OfWhatWasWritten_HasEverythingButGauges()
    {
        var (_, store) = Load(Save(Full(), 1_000, out var written), 1_000, out var loaded);

        Assert.Equal(written, loaded);
        Assert.Equal((3, 9, 1, 2, 1, 2), (loaded.Counters, loaded.Keys, loaded.Holds, loaded.Bans, loaded.Memories, loaded.Tuples));
        Assert.Equal(7, store.Read(Events, 1_000, "steady"));
        Assert.Equal(22, store.Read(Events, 1_000, "slots"));
        Assert.Equal(5.25, store.Read(Sums, 1_000, "steady"));
        Assert.Equal(2, store.Read(Values, 1_000));
        Assert.Equal(0, store.Read(Open, 1_000));
        Assert.Equal(StoreDriver.At(30_000), store.Hold(Held, 1_000));
        Assert.Equal(StoreDriver.At(24 * Hour), store.Remembered(Remembered, 1_000));
        Assert.Equal(DateTimeOffset.MaxValue, store.Ban(Banned, 1_000, StateOperationKind.BanRead, "forever").Until);
        Assert.Equal(DateTimeOffset.MaxValue, store.Ban(Banned, 20_000, StateOperationKind.BanAdd, "once").Until);
        Assert.Equal(GreylistOutcome.Trusted, store.Greylist(Grey, 60_000, "anything", "good").Outcome);
        Assert.Equal(GreylistOutcome.Passed, store.Greylist(Grey, 60_000, "waiting", "other").Outcome);
    }

    [Fact]
    public void Read_AfterATime_LeavesOutWhatIsOver()
    {
        var (memory, store) = Load(Save(Full(), 1_000, out _), 48 * Hour, out var loaded);

        Assert.Equal((0, 0, 2, 0), (loaded.Keys, loaded.Holds, loaded.Bans, loaded.Memories));
        Assert.All(memory.Counters, counter => Assert.Equal(0, counter.Bytes));
        Assert.Equal(0, store.Read(Events, 48 * Hour, "steady"));
    }

    [Fact]
    public void Read_BeforeTheTimeItWasWritten_GoesOnFromThere()
    {
        var (_, store) = Load(Save(Full(), 1_000, out _), -Hour, out _);

        Assert.Equal(7, store.Read(Events, -Hour, "steady"));
        Assert.Equal(StoreDriver.At(29_000 - Hour), store.Hold(Held, -Hour));
    }

    [Fact]
    public void Read_KeepsTheOrderOfUse()
    {
        var memory = new MemoryStateStore();
        var counter = StoreDriver.Counter(maxKeys: 3);
        Fill(new StoreDriver(memory), counter, "a", "b", "c", "a");

        var (_, store) = Load(Save(memory, 10, out _), 10, out _);
        store.Hit(counter, 11, "d");

        Assert.Equal([2, 0, 1, 1], new[] { "a", "b", "c", "d" }.Select(key => store.Read(counter, 12, key)));
    }

    [Fact]
    public void Read_ThenSmallerBounds_HoldAtOnce()
    {
        var memory = new MemoryStateStore();
        var counter = StoreDriver.Counter(maxKeys: 5_000);
        Fill(new StoreDriver(memory), counter, [.. Enumerable.Range(0, 3_000).Select(i => $"k{i}")]);

        var (loaded, _) = Load(Save(memory, 10, out _), 10, out _);
        loaded.Retain(new StateInventory { Counters = [counter with { MaxKeys = 100 }] });

        Assert.Equal(100, loaded.Counters[0].Keys);
    }

    [Fact]
    public void Read_EstimatesTheSameBytes()
    {
        var full = Full();
        var (loaded, _) = Load(Save(full, 1_000, out _), 1_000, out _);

        Assert.Equal(
            full.Counters.Where(counter => counter.Definition.Kind == WindowKind.Count).Select(counter => (counter.Keys, counter.Bytes)),
            loaded.Counters.Where(counter => counter.Definition.Kind == WindowKind.Count).Select(counter => (counter.Keys, counter.Bytes)));
    }

    [Fact]
    public void Read_CutOffAnywhere_ThrowsAndTakesNothing()
    {
        var bytes = Save(Full(), 1_000, out _);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Contains("cut off", Refusal(bytes[..length]), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_AnyByteFlipped_ThrowsAndTakesNothing()
    {
        var bytes = Save(Full(), 1_000, out _);
        for (var i = 0; i < bytes.Length; i++)
        {
            var damaged = bytes.ToArray();
            damaged[i] ^= (byte)(1 << (i % 8));
            Assert.NotEmpty(Refusal(damaged));
        }
    }

    [Fact]
    public void Read_NonsenseWithARightChecksum_ThrowsOneExceptionOrReads()
    {
        var bytes = Save(Full(), 1_000, out _);
        Gen.Select(Gen.Int[SnapshotFormat.HeaderBytes, bytes.Length - SnapshotFormat.TrailerBytes - 1], Gen.Byte).Array[1, 4].Sample(
            changes =>
            {
                var damaged = bytes.ToArray();
                foreach (var (at, value) in changes)
                {
                    damaged[at] = value;
                }

                try
                {
                    var (_, store) = Load(WithChecksum(damaged), 1_000, out _);
                    store.Read(Events, 1_000, "steady");
                }
                catch (StateSnapshotException error)
                {
                    Assert.StartsWith("its content is wrong", error.Message, StringComparison.Ordinal);
                }
            },
            iter: 3_000);
    }

    [Fact]
    public void Read_OfSomethingElse_SaysSo()
    {
        var bytes = Save(Full(), 1_000, out _);
        Assert.Contains("not a snapshot", Refusal("<html>not found</html>\n and so on and on and on"u8.ToArray()), StringComparison.Ordinal);

        bytes[8] = 9;
        Assert.Contains("format 9, and this Pmilter reads format 1", Refusal(bytes), StringComparison.Ordinal);

        bytes[8] = 1;
        bytes[100] ^= 4;
        Assert.Contains("checksum", Refusal(bytes), StringComparison.Ordinal);
    }

    /// <summary>Written once, by the first version: whatever comes later must read it.</summary>
    [Fact]
    public void Read_FileOfTheFirstFormat_HasEverything()
    {
        var (_, store) = Load(File.ReadAllBytes(Path.Combine(Folder(), "format-1.snapshot")), 1_000, out var loaded);

        Assert.Equal((3, 9, 1, 2, 1, 2), (loaded.Counters, loaded.Keys, loaded.Holds, loaded.Bans, loaded.Memories, loaded.Tuples));
        Assert.Equal(7, store.Read(Events, 1_000, "steady"));
        Assert.Equal(22, store.Read(Events, 1_000, "slots"));
        Assert.Equal(5.25, store.Read(Sums, 1_000, "steady"));
        Assert.Equal(2, store.Read(Values, 1_000));
        Assert.Equal(StoreDriver.At(30_000), store.Hold(Held, 1_000));
        Assert.Equal(StoreDriver.At(24 * Hour), store.Remembered(Remembered, 1_000));
        Assert.Equal(DateTimeOffset.MaxValue, store.Ban(Banned, 1_000, StateOperationKind.BanRead, "forever").Until);
        Assert.Equal(GreylistOutcome.Trusted, store.Greylist(Grey, 60_000, "anything", "good").Outcome);
    }

    private static string Folder([System.Runtime.CompilerServices.CallerFilePath] string path = "") => Path.GetDirectoryName(path) ?? string.Empty;

    [Fact]
    public void HasChanged_AfterASnapshot_IsFalseUntilTheNextWrite()
    {
        var memory = new MemoryStateStore();
        var store = new StoreDriver(memory);
        store.Read(Events, 0);
        Assert.False(memory.HasChanged);

        store.Hit(Events, 0);
        Assert.True(memory.HasChanged);

        Save(memory, 1, out _);
        store.Hold(Held, 1);
        Assert.False(memory.HasChanged);

        Assert.Throws<NotSupportedException>(() => StateSnapshot.Write(memory, new MemoryStream([], writable: false), StoreDriver.At(2)));
        Assert.True(memory.HasChanged);
    }

    [Fact]
    public async Task Write_WhileHitsGoOn_CanBeReadEachTime()
    {
        var memory = new MemoryStateStore();
        using var stop = new CancellationTokenSource();
        var hits = Task.Run(() =>
        {
            var store = new StoreDriver(memory);
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                store.Hit(Events, i / 100d, $"k{i % 5_000}");
                store.Ban(Banned, i / 100d, StateOperationKind.BanAdd, $"k{i % 500}");
            }
        });
        for (var i = 0; i < 30; i++)
        {
            Load(Save(memory, 10_000, out var written), 10_000, out var loaded);
            Assert.Equal((written.Keys, written.Bans), (loaded.Keys, loaded.Bans));
        }

        await stop.CancelAsync();
        await hits;
    }

    internal static byte[] Save(MemoryStateStore memory, double at, out SnapshotContent content)
    {
        using var bytes = new MemoryStream();
        content = StateSnapshot.Write(memory, bytes, StoreDriver.At(at));
        return bytes.ToArray();
    }

    private static (MemoryStateStore Memory, StoreDriver Store) Load(byte[] bytes, double at, out SnapshotContent content)
    {
        var memory = new MemoryStateStore(8, 16);
        content = StateSnapshot.Read(new MemoryStream(bytes), memory, StoreDriver.At(at));
        return (memory, new StoreDriver(memory));
    }

    private static string Refusal(byte[] bytes)
    {
        var memory = new MemoryStateStore();
        var error = Assert.Throws<StateSnapshotException>(() => StateSnapshot.Read(new MemoryStream(bytes), memory, StoreDriver.At(0)));
        Assert.Empty(memory.Counters);
        return error.Message;
    }

    private static byte[] WithChecksum(byte[] bytes)
    {
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 8), System.IO.Hashing.XxHash3.HashToUInt64(bytes.AsSpan(0, bytes.Length - 8)));
        return bytes;
    }

    private static void Fill(StoreDriver store, CounterDefinition counter, params string[] keys)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            store.Hit(counter, i / 1_000d, keys[i]);
        }
    }

    /// <summary>Something of everything; small exact regions, so that slots and a sample are in it.</summary>
    private static MemoryStateStore Full()
    {
        var memory = new MemoryStateStore(8, 16, hash: MemoryStores.Hash);
        var store = new StoreDriver(memory);
        store.Greylist(Grey, -60_000, "passed", "good");
        store.Ban(Banned, -20_000, StateOperationKind.BanAdd, "forever");
        Fill(store, Events, [.. Enumerable.Repeat("steady", 7), .. Enumerable.Repeat("slots", 21), "日本", "\ud800"]);
        store.Undo(store.Hit(Events, 2, "slots"), 3);
        store.Undo(store.Hit(Events, 2, "slots") with { Stamp = 0 }, 3);
        store.Undo(store.Hit(Events, 2, "emptied"), 3);
        store.Empty(Events, 4, "emptied");
        store.Undo(store.Hit(Events, 0, "undone"), 4);
        store.Hit(Sums, 0, "steady", 5);
        store.Hit(Sums, 1, "steady", 0.25);
        store.Hit(Values, 0, member: "jp");
        store.Hit(Values, 1, member: "us");
        store.HitMembers(Values, 2, Enumerable.Range(0, 100).Select(i => $"m{i}"), "sampled");
        store.Hit(Open, 0);
        store.Hold(Held, 0, start: true);
        store.Ban(Banned, 0, StateOperationKind.BanAdd, "once");
        store.Ban(Banned, 0, StateOperationKind.BanAdd, "forever");
        store.Remember(Remembered, 0);
        store.Greylist(Grey, 0, "waiting", "other");
        store.Greylist(Grey, 0, "passed", "good");
        return memory;
    }
}
