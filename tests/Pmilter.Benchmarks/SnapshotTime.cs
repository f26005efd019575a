using System.Diagnostics;
using Pmilter.Effects.Counters;
using Pmilter.Effects.Counters.Snapshots;
using Pmilter.Policies.State;

namespace Pmilter.Benchmarks;

/// <summary>
/// Saving and loading, from and to a file, and the longest wait of a hit meanwhile: <c>dotnet run -c Release -- snapshot</c>.
/// </summary>
internal static class SnapshotTime
{
    private static readonly DateTimeOffset Start = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    public static void Print(TextWriter to)
    {
        to.WriteLine("keys      events/key  file MB  save ms  load ms  longest hit while saving, ms");
        foreach (var (keys, events) in new[] { (1_000, 4), (100_000, 4), (1_000_000, 4), (1_000_000, 8), (1_000_000, 8) })
        {
            var counter = new CounterDefinition("b/c", WindowKind.Count, TimeSpan.FromHours(1), "client_ip", 2_000_000, long.MaxValue, false, 0);
            var texts = Enumerable.Range(0, keys).Select(i => $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}".AsMemory()).ToArray();
            var store = new MemoryStateStore();
            for (var i = 0; i < events; i++)
            {
                KeyMemory.HitAll(store, counter, texts, Start.AddSeconds(i));
            }

            using var file = new FileStream(Path.GetTempFileName(), new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose });
            using var stop = new CancellationTokenSource();
            var hits = Task.Run(() => LongestHit(store, counter, texts, stop.Token));
            var watch = Stopwatch.StartNew();
            StateSnapshot.Write(store, file, Start.AddSeconds(events));
            file.Flush(flushToDisk: true);
            var saved = watch.Elapsed;
            stop.Cancel();
            var longest = hits.Result;
            watch.Restart();
            StateSnapshot.Read(file, new MemoryStateStore(), Start.AddSeconds(events));
            to.WriteLine($"{keys,-9} {events,-11} {file.Length / 1e6,-8:0.0} {saved.TotalMilliseconds,-8:0} {watch.Elapsed.TotalMilliseconds,-8:0} {longest.TotalMilliseconds:0.0}");
        }
    }

    private static TimeSpan LongestHit(MemoryStateStore store, CounterDefinition counter, ReadOnlyMemory<char>[] keys, CancellationToken stop)
    {
        var longest = TimeSpan.Zero;
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var watch = Stopwatch.GetTimestamp();
            KeyMemory.HitAll(store, counter, keys.AsSpan(i * 7919 % keys.Length, 1), Start.AddSeconds(10));
            var took = Stopwatch.GetElapsedTime(watch);
            longest = took > longest ? took : longest;
        }

        return longest;
    }
}
