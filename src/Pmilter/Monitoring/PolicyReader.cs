using Pmilter.Server;
using Prometheus;

namespace Pmilter.Monitoring;

/// <summary>Which policies are in force, and whether they are those on disk.</summary>
internal sealed class PolicyReader : IMetricReader
{
    private readonly PolicyHost _policies;
    private readonly PolicyReloader? _reloader;
    private readonly SeriesOfNow _info;
    private readonly SeriesOfNow _stale;

    public PolicyReader(MetricFactory factory, PolicyHost policies, PolicyReloader? reloader)
    {
        _policies = policies;
        _reloader = reloader;
        _info = SeriesOfNow.Gauge(factory, "pmilter_policy_info", "1, with the revision of the policies in force.", "revision");
        _stale = SeriesOfNow.Gauge(factory, "pmilter_policy_stale", "1: what is on disk was refused, and older policies are in force.");
        Series = [_info, _stale];
    }

    public IReadOnlyList<SeriesOfNow> Series { get; }

    public void Read()
    {
        _info.Set(1, _policies.Current.Revision);
        _stale.Set(_reloader?.Last is { IsGood: false } ? 1 : 0);
    }
}
