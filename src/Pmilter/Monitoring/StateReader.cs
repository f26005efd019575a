using Pmilter.Server;
using Prometheus;

namespace Pmilter.Monitoring;

/// <summary>Counters in this process, and whether the shared store answers.</summary>
internal sealed class StateReader : IMetricReader
{
    private static readonly string[] Labels = ["policy", "counter"];

    private readonly ServerState _state;
    private readonly SeriesOfNow _keys;
    private readonly SeriesOfNow _bytes;
    private readonly SeriesOfNow _evictions;
    private readonly SeriesOfNow _degraded;

    public StateReader(MetricFactory factory, ServerState state)
    {
        _state = state;
        _keys = SeriesOfNow.Gauge(factory, "pmilter_counter_keys", "Keys that a counter keeps.", Labels);
        _bytes = SeriesOfNow.Gauge(factory, "pmilter_counter_bytes", "Memory that a counter takes, estimated.", Labels);
        _evictions = SeriesOfNow.Counter(factory, "pmilter_counter_evictions_total", "Keys with live events that went because the counter was full.", Labels);
        _degraded = SeriesOfNow.Gauge(factory, "pmilter_state_degraded", "1: the shared store does not answer, and this server's own counters go on.");
        Series = [_keys, _bytes, _evictions, _degraded];
    }

    public IReadOnlyList<SeriesOfNow> Series { get; }

    public void Read()
    {
        foreach (var counter in _state.Local.Counters)
        {
            var (policy, name) = Split(counter.Definition.Name);
            _keys.Set(counter.Keys, policy, name);
            _bytes.Set(counter.Bytes, policy, name);
            _evictions.Set(counter.Evictions, policy, name);
        }

        _degraded.Set(_state.IsDegraded ? 1 : 0);
    }

    private static (string Policy, string Counter) Split(string name) =>
        name.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash ? (name[..slash], name[(slash + 1)..]) : (string.Empty, name);
}
