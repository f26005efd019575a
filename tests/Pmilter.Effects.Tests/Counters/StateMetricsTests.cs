using System.Diagnostics.Metrics;
using Pmilter.Effects.Counters;
using Pmilter.Effects.Tests.Counters.Contract;

namespace Pmilter.Effects.Tests.Counters;

public sealed class StateMetricsTests
{
    [Fact]
    public void Instruments_AreByPolicyAndCounter()
    {
        var memory = new MemoryStateStore();
        var store = new StoreDriver(memory);
        foreach (var key in new[] { "a", "b", "c" })
        {
            store.Hit(StoreDriver.Counter(maxKeys: 2, name: "metrics/small"), 0, key);
            store.Hit(StoreDriver.Counter(name: "metrics/large"), 0, key);
        }

        using var metrics = new StateMetrics(memory);
        var seen = Collect();

        Assert.Equal(2, seen["pmilter_counter_keys metrics small"]);
        Assert.Equal(3, seen["pmilter_counter_keys metrics large"]);
        Assert.Equal(1, seen["pmilter_counter_evictions_total metrics small"]);
        Assert.Equal(0, seen["pmilter_counter_evictions_total metrics large"]);
        Assert.Equal(memory.Counters.Single(counter => counter.Keys == 3).Bytes, seen["pmilter_counter_bytes metrics large"]);
    }

    [Fact]
    public void Dispose_EndsTheInstruments()
    {
        var memory = new MemoryStateStore();
        new StoreDriver(memory).Hit(StoreDriver.Counter(name: "ended/c"), 0);
        new StateMetrics(memory).Dispose();

        Assert.DoesNotContain(Collect().Keys, name => name.Contains("ended", StringComparison.Ordinal));
    }

    private static Dictionary<string, long> Collect()
    {
        var seen = new Dictionary<string, long>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == StateMetrics.MeterName)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            seen[$"{instrument.Name} {tags[0].Value} {tags[1].Value}"] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;
    }
}
