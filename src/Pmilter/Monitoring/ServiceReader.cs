using Pmilter.Effects.Dns;
using Pmilter.Server;
using Pmilter.Telemetry;
using Prometheus;

namespace Pmilter.Monitoring;

/// <summary>What the server uses: country data, the DNS, Ruby, notices, the decision log.</summary>
internal sealed class ServiceReader : IMetricReader
{
    private readonly SeriesOfNow _age;
    private readonly SeriesOfNow _lookups;
    private readonly SeriesOfNow _restarts;
    private readonly SeriesOfNow _sent;
    private readonly SeriesOfNow _dropped;
    private readonly SeriesOfNow _lost;

    public ServiceReader(MetricFactory factory)
    {
        _age = SeriesOfNow.Gauge(factory, "pmilter_geoip_age_seconds", "How old the country data in force are.", "database");
        _lookups = SeriesOfNow.Counter(factory, "pmilter_dns_lookups_total", "Look-ups in the DNS: answered from the cache, by a resolver, or not at all.", "result");
        _restarts = SeriesOfNow.Counter(factory, "pmilter_ruby_restarts_total", "Ruby workers that were killed or ended.");
        _sent = SeriesOfNow.Counter(factory, "pmilter_notices_sent_total", "Notices that their target has taken.", "target", "way");
        _dropped = SeriesOfNow.Counter(factory, "pmilter_notices_dropped_total", "Notices that were not sent: too many at once, refused, or too old.", "target", "way");
        _lost = SeriesOfNow.Counter(factory, "pmilter_decision_log_dropped_total", "Lines of the decision log that were lost since the disk was too slow.");
        Series = [_age, _lookups, _restarts, _sent, _dropped, _lost];
    }

    public required GeoWatch Geo { get; init; }

    public required DnsNameService Names { get; init; }

    public required ServerScripts Scripts { get; init; }

    public required NoticeDesk Notices { get; init; }

    public required DecisionFile? Decisions { get; init; }

    public required TimeProvider Time { get; init; }

    public IReadOnlyList<SeriesOfNow> Series { get; }

    public void Read()
    {
        foreach (var database in Geo.InForce)
        {
            _age.Set(Math.Round(database.Age(Time).TotalSeconds), database.Content.ToString().ToLowerInvariant());
        }

        _lookups.Set(Names.FromCache, "cached");
        _lookups.Set(Names.Answered, "answered");
        _lookups.Set(Names.Failed, "failed");
        _restarts.Set(Scripts.Health?.Restarts ?? 0);
        foreach (var (target, way, sent, dropped) in Notices.Counts)
        {
            _sent.Set(sent, target, way);
            _dropped.Set(dropped, target, way);
        }

        _lost.Set(Decisions?.Dropped ?? 0);
    }
}
