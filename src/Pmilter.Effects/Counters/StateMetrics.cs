using System.Diagnostics.Metrics;

namespace Pmilter.Effects.Counters;

/// <summary>
/// A store in numbers, as instruments of the meter <c>Pmilter</c>: <c>pmilter_counter_keys</c>, <c>pmilter_counter_bytes</c> and
/// <c>pmilter_counter_evictions_total</c>, each by policy and counter. Read when somebody listens, and only then.
/// </summary>
public sealed class StateMetrics : IDisposable
{
    public const string MeterName = "Pmilter";

    private readonly MemoryStateStore _store;
    private readonly Meter _meter = new(MeterName);

    public StateMetrics(MemoryStateStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        _meter.CreateObservableGauge("pmilter_counter_keys", () => Observe(counter => counter.Keys), "{key}", "Keys that a counter keeps");
        _meter.CreateObservableGauge("pmilter_counter_bytes", () => Observe(counter => counter.Bytes), "By", "Memory that a counter takes, estimated");
        _meter.CreateObservableCounter(
            "pmilter_counter_evictions_total", () => Observe(counter => counter.Evictions), "{key}", "Keys with live events that went because the counter was full");
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> Observe(Func<CounterStatus, long> value) =>
        _store.Counters.Select(counter =>
        {
            var name = counter.Definition.Name;
            var slash = name.IndexOf('/', StringComparison.Ordinal);
            return new Measurement<long>(
                value(counter),
                new KeyValuePair<string, object?>("policy", slash < 0 ? string.Empty : name[..slash]),
                new KeyValuePair<string, object?>("counter", name[(slash + 1)..]));
        });
}
