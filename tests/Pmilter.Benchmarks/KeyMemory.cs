using System.Diagnostics;
using Pmilter.Effects.Counters;
using Pmilter.Policies.State;

namespace Pmilter.Benchmarks;

/// <summary>Bytes a key and time a hit at 1 thousand and 1 million keys: <c>dotnet run -c Release -- memory</c>.</summary>
internal static class KeyMemory
{
    private static readonly DateTimeOffset Start = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    public static void Print(TextWriter to)
    {
        to.WriteLine("keys      events/key  bytes/key (heap)  bytes/key (status)  ns/hit of known keys");
        foreach (var (keys, events) in new[] { (1_000, 1), (1_000, 8), (1_000_000, 1), (1_000_000, 4), (1_000_000, 8) })
        {
            var (heap, status, time) = Measure(keys, events);
            to.WriteLine($"{keys,-9} {events,-11} {heap,-17:0} {status,-19:0} {time:0}");
        }
    }

    private static (double Heap, double Status, double Nanoseconds) Measure(int keys, int events)
    {
        var texts = Enumerable.Range(0, keys).Select(i => $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}".AsMemory()).ToArray();
        var counter = new CounterDefinition("b/c", WindowKind.Count, TimeSpan.FromHours(1), "client_ip", 2_000_000, long.MaxValue, false, 0);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var store = new MemoryStateStore();
        for (var i = 0; i < events; i++)
        {
            HitAll(store, counter, texts, Start.AddSeconds(i));
        }

        var heap = GC.GetTotalMemory(forceFullCollection: true) - before;
        var status = store.Counters[0].Bytes;
        var hits = 0;
        var watch = Stopwatch.StartNew();
        while (hits < 1_000_000)
        {
            // Two hours on: the old events leave, so that rings do not grow.
            HitAll(store, counter, texts, Start.AddHours(2 + (2 * hits / keys)));
            hits += keys;
        }

        return ((double)heap / keys, (double)status / keys, watch.Elapsed.TotalNanoseconds / hits);
    }

    public static void HitAll(MemoryStateStore store, CounterDefinition counter, ReadOnlySpan<ReadOnlyMemory<char>> keys, DateTimeOffset now)
    {
        var batch = new StateBatch();
        batch.Add(new StateOperation { Kind = StateOperationKind.Hit, Counter = counter, Amount = 1 });
        foreach (var key in keys)
        {
            batch[0].Key = key;
            var hit = store.ExecuteAsync(batch, now, CancellationToken.None);
            if (!hit.IsCompletedSuccessfully)
            {
                throw new InvalidOperationException("The memory store completes synchronously.");
            }
        }
    }
}
