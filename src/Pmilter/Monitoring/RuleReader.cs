using Pmilter.Policies.Evaluation;
using Pmilter.Server;
using Prometheus;

namespace Pmilter.Monitoring;

/// <summary>The rules in force; series of rules that are gone vanish with the reload that removed them.</summary>
internal sealed class RuleReader : IMetricReader
{
    private static readonly string[] Labels = ["policy", "rule", "mode"];

    private readonly PolicyHost _policies;
    private readonly SeriesOfNow _hits;
    private readonly SeriesOfNow _near;
    private readonly SeriesOfNow _unless;
    private readonly SeriesOfNow _errors;

    public RuleReader(MetricFactory factory, PolicyHost policies)
    {
        _policies = policies;
        _hits = SeriesOfNow.Counter(factory, "pmilter_rule_hits_total", "How often a rule fired, by what it came to; with mode monitor what it would have done.", [.. Labels, "verdict"]);
        _near = SeriesOfNow.Counter(factory, "pmilter_rule_near_limit_total", "Events whose count was over 80 % of the rule's limit and not over it.", Labels);
        _unless = SeriesOfNow.Counter(factory, "pmilter_rule_unless_total", "Events that a rule's unless let off.", Labels);
        _errors = SeriesOfNow.Counter(factory, "pmilter_rule_errors_total", "Events that a rule could not decide, so that on_error did.", Labels);
        Series = [_hits, _near, _unless, _errors];
    }

    public IReadOnlyList<SeriesOfNow> Series { get; }

    public void Read()
    {
        foreach (var tally in _policies.Current.Tallies)
        {
            var mode = tally.Rule.Mode.ToString().ToLowerInvariant();
            for (var i = 0; i < RuleTally.Outcomes.Count; i++)
            {
                if (tally.Hits(i) is > 0 and var hits)
                {
                    _hits.Set(hits, tally.Rule.Policy, tally.Rule.Id, mode, RuleTally.Outcomes[i]);
                }
            }

            _near.Set(tally.NearLimit, tally.Rule.Policy, tally.Rule.Id, mode);
            _unless.Set(tally.Unless, tally.Rule.Policy, tally.Rule.Id, mode);
            _errors.Set(tally.Errors, tally.Rule.Policy, tally.Rule.Id, mode);
        }
    }
}
