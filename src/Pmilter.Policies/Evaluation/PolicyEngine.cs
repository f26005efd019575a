using Pmilter.Policies.Mail;
using Pmilter.Policies.State;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Evaluation;

/// <summary>
/// Evaluates one connection's events against a policy set. The caller applies the command to the transaction first, then asks for
/// the phase; it never asks two at once. Counters are hit, rules run in order, the first enforced verdict ends the phase.
/// </summary>
public sealed class PolicyEngine(PolicySet set, IStateStore state, Transaction transaction, EngineOptions options)
{
    /// <summary>The set that the running message began with.</summary>
    public PolicySet Set { get; private set; } = set;

    internal IStateStore State { get; } = state;

    internal Transaction Transaction { get; } = transaction;

    internal EngineOptions Options { get; } = options;

    /// <summary>What the MTA agreed to: steps that it did not offer go to on_error.</summary>
    public Agreement? Agreement { get; set; }

    /// <summary>Between messages only: the next one runs under the new set. Connection facts, tags and scores stay.</summary>
    public void Adopt(PolicySet newer) => Set = newer;

    /// <summary>Completes synchronously unless a fact must be waited for. Never throws for a failed fact or our own bug: on_error decides.</summary>
    public ValueTask<Decision> EvaluateAsync(Phase phase, DateTimeOffset now, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>The message ended without its end of message (ABORT, a new MAIL, the connection's end): hits are undone, abort rules run.</summary>
    public ValueTask<Decision> AbortAsync(DateTimeOffset now, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>The connection ended: gauges go down, close rules run.</summary>
    public ValueTask<Decision> CloseAsync(DateTimeOffset now, CancellationToken cancellationToken) => throw new NotSupportedException();
}

/// <summary>What the server's configuration says to the engine.</summary>
public sealed record EngineOptions
{
    /// <summary><c>server.zone</c>.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;

    /// <summary><c>server.on_error</c>.</summary>
    public Syntax.OnError OnError { get; init; }

    /// <summary><c>state.on_error</c>; null for <c>local</c>.</summary>
    public Syntax.OnError? StateOnError { get; init; }

    /// <summary><c>server.replies</c>: default texts of tempfail and reject.</summary>
    public string TempfailReply { get; init; } = "4.7.1 Please try again later";

    public string RejectReply { get; init; } = "5.7.1 Rejected by policy";

    /// <summary><c>content.headers_limit</c> in bytes: values of further headers are not kept.</summary>
    public long HeadersLimitBytes { get; init; } = 1_000_000;
}
