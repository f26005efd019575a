using Pmilter.Server;
using Prometheus;

namespace Pmilter.Monitoring;

/// <summary>Connections of MTAs.</summary>
internal sealed class ListenerReader : IMetricReader
{
    private readonly IReadOnlyList<MilterListener> _listeners;
    private readonly SeriesOfNow _open;
    private readonly SeriesOfNow _accepted;

    public ListenerReader(MetricFactory factory, IReadOnlyList<MilterListener> listeners)
    {
        _listeners = listeners;
        _open = SeriesOfNow.Gauge(factory, "pmilter_connections", "MTA connections that are open.", "listener");
        _accepted = SeriesOfNow.Counter(factory, "pmilter_connections_accepted_total", "MTA connections since the start.", "listener");
        Series = [_open, _accepted];
    }

    public IReadOnlyList<SeriesOfNow> Series { get; }

    public void Read()
    {
        // Two listeners may have one name.
        foreach (var group in _listeners.GroupBy(listener => listener.Options.Name, StringComparer.Ordinal))
        {
            _open.Set(group.Sum(listener => listener.OpenSessions), group.Key);
            _accepted.Set(group.Sum(listener => listener.Accepted), group.Key);
        }
    }
}
