using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;
using Pmilter.Protocol.Replies;
using Prometheus;

namespace Pmilter.Monitoring;

/// <summary>
/// One server's metrics, in a registry of its own. What happens to mail is counted as it happens, on series that were made before; the rest is
/// read by <see cref="MetricReaders"/> when somebody asks.
/// </summary>
internal sealed class ServerMetrics
{
    private static readonly double[] Seconds = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60];

    private readonly Counter.Child[] _messages;
    private readonly Histogram.Child[] _phases;
    private readonly Histogram _ruby;

    public ServerMetrics()
    {
        Registry = Metrics.NewCustomRegistry();
        Factory = Metrics.WithCustomRegistry(Registry);
        Factory.ExemplarBehavior = ExemplarBehavior.NoExemplars();
        DotNetStats.Register(Registry);
        var messages = Factory.CreateCounter("pmilter_messages_total", "Messages by what came of them: at their end, or where they were refused, accepted or discarded before.", "verdict");
        _messages = [.. RuleTally.Outcomes.Select(outcome => messages.WithLabels(outcome))];
        var options = new HistogramConfiguration { Buckets = Seconds };
        var phases = Factory.CreateHistogram("pmilter_phase_seconds", "How long the MTA waited for the answer to an event, delays that rules ask for included.", ["phase"], options);
        _phases = [.. Enum.GetValues<Phase>().Select(phase => phases.WithLabels(phase.ToString().ToLowerInvariant()))];
        _ruby = Factory.CreateHistogram("pmilter_ruby_seconds", "How long calls of handlers took, waiting for a worker included.", options);
    }

    public CollectorRegistry Registry { get; }

    public MetricFactory Factory { get; }

    /// <summary>An event was answered.</summary>
    public void Answered(Phase phase, TimeSpan took) => _phases[(int)phase].Observe(took.TotalSeconds);

    /// <summary>A handler has run.</summary>
    public void Called(TimeSpan took) => _ruby.Observe(took.TotalSeconds);

    /// <summary>Counts a message once: its end, or the verdict after which the MTA tells no more of it.</summary>
    /// <returns>What came of it, as a place in <see cref="RuleTally.Outcomes"/>; null where this is not the end of a message.</returns>
    public int? Decided(Phase phase, Decision decision)
    {
        if (!IsEnd(phase, decision.Verdict.Kind))
        {
            return null;
        }

        var outcome = RuleTally.PlaceOf(decision.IsSuppressed ? "continue" : decision.Outcome);
        _messages[outcome].Inc();
        return outcome;
    }

    /// <summary>Whether the MTA tells no more of a message after that answer.</summary>
    public static bool IsEnd(Phase phase, VerdictKind kind) => phase == Phase.Eom || EndsMessage(phase, kind);

    private static bool EndsMessage(Phase phase, VerdictKind kind) => phase is >= Phase.Mail and < Phase.Eom && kind switch
    {
        VerdictKind.Accept or VerdictKind.Discard => true,
        VerdictKind.Tempfail or VerdictKind.Reject => phase != Phase.Rcpt,
        _ => false,
    };
}
