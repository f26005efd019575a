using Pmilter.Monitoring;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Sessions;
using Pmilter.Telemetry;

namespace Pmilter.Server;

/// <summary>One connection's events: facts are applied, the engine is asked, the decision is logged and answered.</summary>
internal sealed class PolicyHandler : IMilterHandler
{
    private readonly ISessionContext _session;
    private readonly HandlerServices _services;
    private readonly Transaction _transaction;
    private readonly PolicyEngine _engine;
    private readonly WouldNotes _would = new();
    private readonly MessageTrace? _trace;
    private ServedSet _served;
    private bool _isTurnedAway;

    public PolicyHandler(ISessionContext session, HandlerServices services)
    {
        _session = session;
        _services = services;
        _transaction = new Transaction(services.Geo, session.Listener);
        _trace = services.Traces is { } traces ? new MessageTrace(traces, services.Time) : null;
        _served = services.Policies.Join();
        _engine = new PolicyEngine(_served.Set, services.State, _transaction, services.Engine);
    }

    /// <summary>RFC 5321 3.8: the client may come again, to a connection of its own.</summary>
    private static Verdict TurnedAway { get; } =
        Verdict.Tempfail(SmtpReply.TryCreate(421, "4.3.2", ["Our rules have changed, please connect again"], out var reply, out _) ? reply : null);

    /// <summary>
    /// What the policies need, and unanswered, so that it costs no round trip: where there are rules the client's address for the log, where
    /// a message is looked at its MAIL, since after a refusal nothing else need tell that another one begins.
    /// </summary>
    public Requirements Negotiate(Offer offer)
    {
        var needs = _engine.Set.Requirements;
        if (_engine.Set.Rules.Count == 0)
        {
            return needs;
        }

        // A fuse takes its share of all messages.
        var isOfMessages = _services.Engine.Fuses is not null || (needs.Events & ~(MilterEvents.Connect | MilterEvents.Helo | MilterEvents.Unknown)) != MilterEvents.None;
        return needs with { Events = needs.Events | MilterEvents.Connect | (isOfMessages ? MilterEvents.Mail : MilterEvents.None) };
    }

    public void Negotiated(Agreement agreement) => _engine.Agreement = agreement;

    public ValueTask<Verdict> ConnectAsync(ConnectCommand command, CancellationToken cancellationToken)
    {
        _transaction.Apply(command, _session.Macros);
        return DecideAsync(Phase.Connect, cancellationToken);
    }

    public ValueTask<Verdict> HeloAsync(HeloCommand command, CancellationToken cancellationToken)
    {
        _transaction.Apply(command, _session.Macros);
        return DecideAsync(Phase.Helo, cancellationToken);
    }

    public ValueTask<Verdict> MailAsync(MailCommand command, CancellationToken cancellationToken)
    {
        BeginMessage(isMail: true);
        _transaction.Apply(command, _session.Macros);
        return DecideAsync(Phase.Mail, cancellationToken);
    }

    public ValueTask<Verdict> RcptAsync(RcptCommand command, CancellationToken cancellationToken)
    {
        BeginMessage();
        _transaction.Apply(command, _session.Macros);
        return DecideAsync(Phase.Rcpt, cancellationToken);
    }

    public ValueTask<Verdict> DataAsync(CancellationToken cancellationToken)
    {
        BeginMessage();
        _transaction.ApplyData(_session.Macros);
        return DecideAsync(Phase.Data, cancellationToken);
    }

    public ValueTask<Verdict> HeaderAsync(HeaderCommand command, CancellationToken cancellationToken)
    {
        BeginMessage();
        _transaction.Apply(command, _session.Macros);
        return DecideAsync(Phase.Header, cancellationToken);
    }

    public ValueTask<Verdict> EndOfHeadersAsync(CancellationToken cancellationToken)
    {
        BeginMessage();
        _transaction.ApplyEndOfHeaders(_session.Macros);
        return DecideAsync(Phase.Eoh, cancellationToken);
    }

    public ValueTask<Verdict> BodyAsync(BodyCommand command, CancellationToken cancellationToken)
    {
        BeginMessage();
        _transaction.Apply(command, _session.Macros);
        return DecideAsync(Phase.Body, cancellationToken);
    }

    public async ValueTask<MessageVerdict> EndOfMessageAsync(CancellationToken cancellationToken)
    {
        BeginMessage();
        _transaction.ApplyEndOfMessage(_session.Macros);
        if (_isTurnedAway)
        {
            _transaction.EndMessage();
            return new MessageVerdict(TurnedAway, [], null);
        }

        _services.Content.Note(_session, _transaction.Message.Content.Bound);
        var began = _services.Time.GetTimestamp();
        var decision = await EvaluateAsync(Phase.Eom, cancellationToken).ConfigureAwait(false);
        Count(Phase.Eom, decision, began);
        _services.Decisions.Message(_session, _transaction, decision, _engine.Set.Revision);
        _services.Notices.Post(_session, _transaction, decision);
        if (_services.Recorder is not null)
        {
            Record(decision with { Phase = Phase.Eom }, began);
        }

        _transaction.EndMessage();
        return ReferenceEquals(decision, Decision.Continue) ? MessageVerdict.Continue : new MessageVerdict(decision.Verdict, decision.Modifications, decision.QuarantineReason);
    }

    public ValueTask<Verdict> UnknownAsync(UnknownCommand command, CancellationToken cancellationToken)
    {
        _transaction.Apply(command);
        return DecideAsync(Phase.Unknown, cancellationToken);
    }

    public async ValueTask AbortAsync()
    {
        var decision = await _engine.AbortAsync(_services.Time.GetUtcNow(), CancellationToken.None).ConfigureAwait(false);
        Tell(decision);
        RecordLost(decision with { Phase = Phase.Abort });
        _trace?.Forget();
        _transaction.EndMessage();
    }

    public async ValueTask CloseAsync()
    {
        var decision = await _engine.CloseAsync(_services.Time.GetUtcNow(), CancellationToken.None).ConfigureAwait(false);
        Tell(decision);
        RecordLost(decision with { Phase = Phase.Close });
    }

    /// <summary>The connection is over.</summary>
    public void End() => _services.Policies.Leave(_served);

    private ValueTask<Verdict> DecideAsync(Phase phase, CancellationToken cancellationToken)
    {
        if (_isTurnedAway && _transaction.IsInMessage)
        {
            return new ValueTask<Verdict>(TurnedAway);
        }

        var began = _services.Recorder is null && _services.Metrics is null && _trace is null ? 0 : _services.Time.GetTimestamp();
        var evaluation = EvaluateAsync(phase, cancellationToken);
        return evaluation.IsCompletedSuccessfully
            ? new ValueTask<Verdict>(Answer(phase, evaluation.Result, began))
            : AwaitAsync(phase, evaluation, began);
    }

    private async ValueTask<Verdict> AwaitAsync(Phase phase, ValueTask<Decision> evaluation, long began) => Answer(phase, await evaluation.ConfigureAwait(false), began);

    private Verdict Answer(Phase phase, Decision decision, long began)
    {
        Count(phase, decision, began);
        Tell(decision);
        Record(decision, began);
        return decision.Verdict;
    }

    private void Count(Phase phase, Decision decision, long began)
    {
        if (_trace is not null)
        {
            _trace.Add(phase, began, _services.Time.GetElapsedTime(began));
            if (ServerMetrics.IsEnd(phase, decision.Verdict.Kind))
            {
                _trace.End(_session, _engine.Set.Revision, decision);
            }
        }

        if (_services.Metrics is { } metrics)
        {
            metrics.Answered(phase, _services.Time.GetElapsedTime(began));
            if (metrics.Decided(phase, decision) is { } outcome)
            {
                _services.Feed?.Count(_services.Time.GetUtcNow(), outcome, _transaction.ClientPlace.Country, decision.Verdict.Kind is VerdictKind.Tempfail or VerdictKind.Reject or VerdictKind.Discard);
            }
        }
    }

    private void Tell(Decision decision)
    {
        _services.Decisions.Event(_session, _transaction, decision);
        _services.Notices.Post(_session, _transaction, decision);
    }

    /// <summary>The decision log has one line of a message: it holds what monitor rules would have done before, too.</summary>
    private void Record(Decision decision, long began)
    {
        if (_services.Recorder is not { } recorder)
        {
            return;
        }

        var isOfOneRecipient = decision.Phase == Phase.Rcpt && DecisionRecorder.IsWorthALine(decision);
        if (!isOfOneRecipient)
        {
            _would.Add(decision);
        }

        if (isOfOneRecipient || DecisionRecorder.IsWorthALine(decision))
        {
            var whole = isOfOneRecipient ? decision : _would.Take(decision);
            recorder.Write(_session, _transaction, _engine, whole, _services.Time.GetUtcNow(), _services.Time.GetElapsedTime(began));
        }
    }

    /// <summary>Mail that was given up (the MTA refused its recipients, the client hung up) has a line only if monitor rules had something to say.</summary>
    private void RecordLost(Decision decision)
    {
        if (_services.Recorder is { } recorder && !_would.IsEmpty)
        {
            _would.Add(decision);
            recorder.Write(_session, _transaction, _engine, _would.Take(decision), _services.Time.GetUtcNow(), TimeSpan.Zero);
        }
    }

    private ValueTask<Decision> EvaluateAsync(Phase phase, CancellationToken cancellationToken)
    {
        var evaluation = _engine.EvaluateAsync(phase, _services.Time.GetUtcNow(), cancellationToken);
        if (!evaluation.IsCompletedSuccessfully)
        {
            return AwaitDelayAsync(evaluation, cancellationToken);
        }

        var decision = evaluation.Result;
        return decision.Delay > TimeSpan.Zero ? DelayAsync(decision, cancellationToken) : new ValueTask<Decision>(decision);
    }

    private async ValueTask<Decision> AwaitDelayAsync(ValueTask<Decision> evaluation, CancellationToken cancellationToken) =>
        await DelayAsync(await evaluation.ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    private async ValueTask<Decision> DelayAsync(Decision decision, CancellationToken cancellationToken)
    {
        await _services.Delays.WaitAsync(decision.Delay, cancellationToken).ConfigureAwait(false);
        return decision;
    }

    /// <summary>
    /// A message runs under the newest set, where this connection's agreement sends and answers what that set needs; else the session keeps
    /// its own until the next connection, or is turned away where the administrator has cut it.
    /// </summary>
    private void BeginMessage(bool isMail = false)
    {
        if (_transaction.IsInMessage && !isMail)
        {
            return;
        }

        var newest = _services.Policies.InForce;
        if (!ReferenceEquals(newest, _served) && _session.Agreement is { } agreement && newest.Set.IsServedBy(agreement))
        {
            _services.Policies.Move(_served, newest);
            _served = newest;
            _engine.Adopt(newest.Set);
        }

        _isTurnedAway = _served.IsCut;
    }
}
