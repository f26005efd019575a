using Pmilter.Monitoring;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;
using Pmilter.Policies.State;

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
    ServerMetrics? Metrics);
