using Pmilter.Policies.Fuses;
using Pmilter.Safety;
using Prometheus;

namespace Pmilter.Monitoring;

/// <summary>Fuses that have blown, by the rule; 0 for those that have counted something and hold.</summary>
internal sealed class FuseSeries : IMetricReader
{
    private readonly FuseBoard? _board;
    private readonly InterventionKeeper _interventions;
    private readonly SeriesOfNow _fuses;

    /// <param name="board">Null for no fuses: what blew before the restart is shown all the same.</param>
    public FuseSeries(MetricFactory factory, FuseBoard? board, InterventionKeeper interventions)
    {
        _board = board;
        _interventions = interventions;
        _fuses = SeriesOfNow.Gauge(factory, "pmilter_rule_fuse", "1: the rule has refused too much and is in monitor until it is armed by hand; rule all for all together.", "policy", "rule");
        Series = [_fuses];
    }

    public IReadOnlyList<SeriesOfNow> Series { get; }

    public void Read()
    {
        foreach (var fuse in _board?.Fuses ?? [])
        {
            Set(fuse.Name, fuse.Blown is null ? 0 : 1);
        }

        foreach (var blown in _interventions.Current.Blown)
        {
            Set(blown.Rule, 1);
        }
    }

    private void Set(string name, double value)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        _fuses.Set(value, slash < 0 ? string.Empty : name[..slash], name[(slash + 1)..]);
    }
}
