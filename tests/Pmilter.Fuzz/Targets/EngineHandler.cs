using Pmilter.Fuzz.Inputs;
using Pmilter.Fuzz.Runs;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Mail;
using Pmilter.Policies.State;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Wire;

namespace Pmilter.Fuzz.Targets;

/// <summary>A policy set behind a session, without a server around it.</summary>
internal sealed class EngineHandler : IMilterHandler
{
    private static readonly StillClock Clock = new();

    private readonly ISessionContext _session;
    private readonly Transaction _transaction;
    private readonly PolicyEngine _engine;

    private EngineHandler(ISessionContext session, PolicySet set, IStateStore store)
    {
        _session = session;
        _transaction = new Transaction(new Nowhere(), "fuzz");
        _engine = new PolicyEngine(set, store, _transaction, new EngineOptions());
    }

    /// <returns>What the session wrote. A failure of the engine, which a session survives, is a finding.</returns>
    public static List<Frame> Serve(byte[] input, PolicySet set, IStateStore store)
    {
        var observer = new CountingObserver();
        var transport = PieceTransport.Whole(input);
        var options = new SessionOptions { Id = "f", Clock = Clock };
        new MilterSession(transport, session => new EngineHandler(session, set, store), options, observer).RunAsync(CancellationToken.None).GetAwaiter().GetResult();
        BrokenPromiseException.ThrowUnless(observer.Failures == 0 || observer.LastFailure.StartsWith("Quarantine was not agreed", StringComparison.Ordinal), observer.LastFailure);
        return Replies.Split(transport.Written);
    }

    public Requirements Negotiate(Offer offer) => _engine.Set.Requirements;

    public void Negotiated(Agreement agreement) => _engine.Agreement = agreement;

    public ValueTask<Verdict> ConnectAsync(ConnectCommand command, CancellationToken cancellationToken)
    {
        _transaction.Apply(command, _session.Macros);
        return DecideAsync(Phase.Connect);
    }

    public ValueTask<Verdict> HeloAsync(HeloCommand command, CancellationToken cancellationToken)
    {
        _transaction.Apply(command, _session.Macros);
        return DecideAsync(Phase.Helo);
    }

    public ValueTask<Verdict> MailAsync(MailCommand command, CancellationToken cancellationToken)
    {
        _transaction.Apply(command, _session.Macros);
        return DecideAsync(Phase.Mail);
    }

    public ValueTask<Verdict> RcptAsync(RcptCommand command, CancellationToken cancellationToken)
    {
        _transaction.Apply(command, _session.Macros);
        return DecideAsync(Phase.Rcpt);
    }

    public ValueTask<Verdict> DataAsync(CancellationToken cancellationToken)
    {
        _transaction.ApplyData(_session.Macros);
        return DecideAsync(Phase.Data);
    }

    public ValueTask<Verdict> HeaderAsync(HeaderCommand command, CancellationToken cancellationToken)
    {
        _transaction.Apply(command, _session.Macros);
        return DecideAsync(Phase.Header);
    }

    public ValueTask<Verdict> EndOfHeadersAsync(CancellationToken cancellationToken)
    {
        _transaction.ApplyEndOfHeaders(_session.Macros);
        return DecideAsync(Phase.Eoh);
    }

    public ValueTask<Verdict> BodyAsync(BodyCommand command, CancellationToken cancellationToken)
    {
        _transaction.Apply(command, _session.Macros);
        return DecideAsync(Phase.Body);
    }

    public async ValueTask<MessageVerdict> EndOfMessageAsync(CancellationToken cancellationToken)
    {
        _transaction.ApplyEndOfMessage(_session.Macros);
        var decision = await _engine.EvaluateAsync(Phase.Eom, Clock.GetUtcNow(), cancellationToken);
        _transaction.EndMessage();
        return new MessageVerdict(decision.Verdict, decision.Modifications, decision.QuarantineReason);
    }

    public ValueTask<Verdict> UnknownAsync(UnknownCommand command, CancellationToken cancellationToken)
    {
        _transaction.Apply(command);
        return DecideAsync(Phase.Unknown);
    }

    public async ValueTask AbortAsync()
    {
        await _engine.AbortAsync(Clock.GetUtcNow(), CancellationToken.None);
        _transaction.EndMessage();
    }

    public async ValueTask CloseAsync() => await _engine.CloseAsync(Clock.GetUtcNow(), CancellationToken.None);

    private async ValueTask<Verdict> DecideAsync(Phase phase) => (await _engine.EvaluateAsync(phase, Clock.GetUtcNow(), CancellationToken.None)).Verdict;

    private sealed class Nowhere : IGeoSource
    {
        public GeoPlace Find(System.Net.IPAddress address) => GeoPlace.Unknown with { Country = "RU" };
    }
}
