using Pmilter.Monitoring;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;
using Pmilter.Policies.State;
using Pmilter.Telemetry;
using Pmilter.Web.Feed;

namespace Pmilter.Server;

/// <summary>What all sessions share.</summary>
internal sealed record HandlerServices(
    PolicyHost Policies,
    IStateStore State,
    IGeoSource Geo,
    EngineOptions Engine,
    DelayGate Delays,
    TimeProvider Time,
    DecisionLog Decisions,
    NoticeDesk Notices,
    DecisionRecorder? Recorder,
    ContentWatch Content,
    ServerMetrics? Metrics)
{
    /// <summary>What the admin page shows; null where none is served.</summary>
    public PageFeed? Feed { get; init; }

    /// <summary>Where messages are sent as spans; null for nowhere.</summary>
    public MessageTraces? Traces { get; init; }
}
