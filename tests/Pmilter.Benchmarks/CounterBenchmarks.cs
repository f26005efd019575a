using BenchmarkDotNet.Attributes;
using Pmilter.Effects.Counters;
using Pmilter.Policies.State;

namespace Pmilter.Benchmarks;

/// <summary>Hits of known keys, spread over threads and counters. A key has some 40 events alive with a thousand keys, few with a million.</summary>
[MemoryDiagnoser]
[SimpleJob(launchCount: 1, warmupCount: 2, iterationCount: 5)]
public class CounterBenchmarks
{
    private const int Hits = 200_000;

    private static readonly DateTimeOffset Start = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    private readonly CounterDefinition[] _counters = [.. Enumerable.Range(0, 8).Select(i =>
        new CounterDefinition($"b/c{i}", WindowKind.Count, TimeSpan.FromSeconds(10), "client_ip", 2_000_000, long.MaxValue, false, 0))];

    private MemoryStateStore _store = new();
    private ReadOnlyMemory<char>[] _keys = [];
    private int _round;

    [Params(1, 2, 4, 16)]
    public int Threads { get; set; }

    [Params(1_000, 1_000_000)]
    public int Keys { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _store = new MemoryStateStore();
        _keys = [.. Enumerable.Range(0, Keys).Select(i => $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}".AsMemory())];
    }

    [Benchmark(OperationsPerInvoke = Hits)]
    public void Hit()
    {
        _round += 60;
        Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, HitSome);
    }

    private void HitSome(int thread)
    {
        var batch = new StateBatch();
        batch.Add(new StateOperation { Kind = StateOperationKind.Hit, Amount = 1 });
        for (var i = 0; i < Hits / Threads; i++)
        {
            // Far from one another, and each key of one counter alone.
            var key = (int)(((i * 7919L) + thread) % Keys);
            batch[0].Counter = _counters[key % _counters.Length];
            batch[0].Key = _keys[key];
            var hit = _store.ExecuteAsync(batch, Start.AddSeconds(_round + (i * Threads / 4_000d)), CancellationToken.None);
            if (!hit.IsCompletedSuccessfully)
            {
                throw new InvalidOperationException("The memory store completes synchronously.");
            }
        }
    }
}
