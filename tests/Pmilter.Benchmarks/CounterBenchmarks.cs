using BenchmarkDotNet.Attributes;
using Pmilter.Effects.Counters;
using Pmilter.Policies.State;

namespace Pmilter.Benchmarks;

/// <summary>Hits of known keys, spread over threads.</summary>
[MemoryDiagnoser]
public class CounterBenchmarks
{
    private const int Hits = 200_000;

    private static readonly DateTimeOffset Start = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    private readonly CounterDefinition _counter =
        new("b/c", WindowKind.Count, TimeSpan.FromSeconds(10), "client_ip", 2_000_000, long.MaxValue, false, 0);

    private MemoryStateStore _store = new();
    private ReadOnlyMemory<char>[] _keys = [];

    [Params(1, 4, 16)]
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
    public void Hit() => Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, HitSome);

    private void HitSome(int thread)
    {
        var batch = new StateBatch();
        batch.Add(new StateOperation { Kind = StateOperationKind.Hit, Counter = _counter, Amount = 1 });
        for (var i = 0; i < Hits / Threads; i++)
        {
            batch[0].Key = _keys[((i * 7919) + thread) % Keys];
            var hit = _store.ExecuteAsync(batch, Start.AddMilliseconds(i), CancellationToken.None);
            if (!hit.IsCompletedSuccessfully)
            {
                throw new InvalidOperationException("The memory store completes synchronously.");
            }
        }
    }
}
