using Prometheus;

namespace Pmilter.Monitoring;

/// <summary>A gauge or counter whose values are read when somebody asks. Series of what is not there any more vanish.</summary>
internal sealed class SeriesOfNow
{
    private readonly Dictionary<string, string[]> _there = new(StringComparer.Ordinal);
    private readonly HashSet<string> _now = new(StringComparer.Ordinal);
    private readonly Action<string[], double> _set;
    private readonly Action<string[]> _remove;

    private SeriesOfNow(Action<string[], double> set, Action<string[]> remove)
    {
        _set = set;
        _remove = remove;
    }

    public static SeriesOfNow Gauge(MetricFactory factory, string name, string help, params string[] labels)
    {
        var gauge = factory.CreateGauge(name, help, labels);
        return new SeriesOfNow((values, value) => gauge.WithLabels(values).Set(value), gauge.RemoveLabelled);
    }

    public static SeriesOfNow Counter(MetricFactory factory, string name, string help, params string[] labels)
    {
        var counter = factory.CreateCounter(name, help, labels);
        return new SeriesOfNow((values, value) => Raise(counter, values, value), counter.RemoveLabelled);
    }

    /// <summary>Between <see cref="Begin"/> and <see cref="End"/>, once a series.</summary>
    public void Set(double value, params string[] labels)
    {
        var key = string.Join('\n', labels);
        _now.Add(key);
        _there[key] = labels;
        _set(labels, value);
    }

    public void Begin() => _now.Clear();

    public void End()
    {
        foreach (var (key, labels) in _there.Where(series => !_now.Contains(series.Key)).ToArray())
        {
            _remove(labels);
            _there.Remove(key);
        }
    }

    /// <summary>A count that began anew must be seen to: a counter that only stands still would hide what came since.</summary>
    private static void Raise(Counter counter, string[] labels, double value)
    {
        if (counter.WithLabels(labels).Value > value)
        {
            counter.RemoveLabelled(labels);
        }

        counter.WithLabels(labels).IncTo(value);
    }
}
