using System.Diagnostics;
using Pmilter.Effects.Counters;
using Pmilter.Policies.State;

namespace Pmilter.Benchmarks;

/// <summary>
/// Hits a second of known keys, 1, 4 and 16 threads, 1 thousand and 1 million keys in 1 and in 8 counters; the median of five rounds:
/// <c>dotnet run -c Release -- hits</c>. In seconds what <see cref="CounterBenchmarks"/> takes minutes for.
/// </summary>
internal static class HitRate
{
    private const int Rounds = 5;
    private const int HitsARound = 1_000_000;

    /// <summary>A second passes with so many hits of all threads.</summary>
    private const int HitsASecond = 20_000;

    private const int HitsALook = 64;

    private static readonly DateTimeOffset Start = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    public static void Print(TextWriter to)
    {
        to.WriteLine("keys      counters  threads  million hits/s  CPU ns/hit");
        foreach (var keys in new[] { 1_000, 1_000_000 })
        {
            MeasureDictionary(to, keys);
            foreach (var counters in new[] { 1, 8 })
            {
                Measure(to, keys, counters);
            }
        }
    }

    /// <summary>What memory alone costs: the same keys in the same order, counted in a plain dictionary of lists by one thread.</summary>
    private static void MeasureDictionary(TextWriter to, int keys)
    {
        var texts = Enumerable.Range(0, keys).Select(i => $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}").ToArray();
        var events = texts.ToDictionary(text => text, _ => new long[8], StringComparer.Ordinal);
        var rates = new List<double>();
        for (var round = 0; round <= Rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < HitsARound; i++)
            {
                events[texts[(int)(i * 7919L % keys)]][i & 7] = i;
            }

            rates.Add(watch.Elapsed.TotalNanoseconds / HitsARound);
        }

        var time = rates.Skip(1).Order().ElementAt(Rounds / 2);
        to.WriteLine($"{keys,-9} {"(a Dictionary)",-18} {1000 / time,-15:0.0} {time:0}");
    }

    private static void Measure(TextWriter to, int keys, int counters)
    {
        var store = new MemoryStateStore();
        var texts = Enumerable.Range(0, keys).Select(i => $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}".AsMemory()).ToArray();
        var definitions = Enumerable.Range(0, counters)
            .Select(i => new CounterDefinition($"b/c{i}", WindowKind.Count, TimeSpan.FromSeconds(10), "client_ip", 2_000_000, long.MaxValue, false, 0)).ToArray();
        for (var i = 0; i < keys; i++)
        {
            KeyMemory.HitAll(store, definitions[i % counters], texts.AsSpan(i, 1), Start);
        }

        var hits = 60L * HitsASecond;
        foreach (var threads in new[] { 1, 4, 16 })
        {
            var rates = new List<(double Rate, double Cpu)>();
            for (var round = 0; round <= Rounds; round++)
            {
                var cpu = Process.GetCurrentProcess().TotalProcessorTime;
                var watch = Stopwatch.StartNew();
                var workers = Enumerable.Range(0, threads).Select(t => new Thread(() => Hit(store, definitions, texts, t, threads, ref hits))).ToArray();
                Array.ForEach(workers, worker => worker.Start());
                Array.ForEach(workers, worker => worker.Join());
                cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
                rates.Add((HitsARound / watch.Elapsed.TotalSeconds, cpu.TotalNanoseconds / HitsARound));
            }

            var (rate, used) = rates.Skip(1).Order().ElementAt(Rounds / 2);
            to.WriteLine($"{keys,-9} {counters,-9} {threads,-8} {rate / 1e6,-15:0.0} {used:0}");
        }
    }

    private static void Hit(
        MemoryStateStore store, CounterDefinition[] counters, ReadOnlyMemory<char>[] keys, int thread, int threads, ref long hits)
    {
        var batch = new StateBatch();
        batch.Add(new StateOperation { Kind = StateOperationKind.Hit, Amount = 1 });
        var now = Start;
        for (var i = 0; i < HitsARound / threads; i++)
        {
            // One time for all threads, as a server has it; it goes on with their hits, so that a key has 200 events alive at most.
            if (i % HitsALook == 0)
            {
                now = Start.AddSeconds((double)Interlocked.Add(ref hits, HitsALook) / HitsASecond);
            }

            // Far from one another, and each key of one counter alone.
            var key = (int)((((long)i * threads) + thread) * 7919 % keys.Length);
            batch[0].Counter = counters[key % counters.Length];
            batch[0].Key = keys[key];
            var hit = store.ExecuteAsync(batch, now, CancellationToken.None);
            if (!hit.IsCompletedSuccessfully)
            {
                throw new InvalidOperationException("The memory store completes synchronously.");
            }
        }
    }
}
