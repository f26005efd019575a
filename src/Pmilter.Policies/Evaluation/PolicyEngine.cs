using Pmilter.Policies.Evaluation.Changes;
using Pmilter.Policies.Lookups;
using Pmilter.Policies.Mail;
using Pmilter.Policies.State;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;

namespace Pmilter.Policies.Evaluation;

/// <summary>
/// Evaluates one connection's events against a policy set. The caller applies the command to the transaction first, then asks for
/// the phase; it never asks two at once. Counters are hit, rules run in order, the first enforced verdict ends the phase.
/// </summary>
public sealed class PolicyEngine
{
    private readonly Transaction _transaction;
    private readonly EvaluationContext _context;
    private readonly EventRun _run;
    private readonly CounterRun _counters;
    private readonly RuleRun _rules;
    private readonly MessageChanges _changes = new();
    private readonly long _rewriteLimitBytes;
    private MessageFacts? _message;
    private bool _isFinal;
    private bool _skipsHeaders;
    private bool _skipsBody;

    public PolicyEngine(PolicySet set, IStateStore state, Transaction transaction, EngineOptions options)
    {
        _transaction = transaction;
        _context = new EvaluationContext(transaction) { Zone = options.Zone, Names = options.Names };
        _run = new EventRun(_context, state, new LookupBudget(options.Names, options.LookupBudget));
        _counters = new CounterRun(_run) { Set = set };
        _rules = new RuleRun(_run, _counters, options, _changes, state);
        _transaction.WantedHeaders = set.WantedHeaders;
        _transaction.HeadersLimitBytes = options.HeadersLimitBytes;
        _transaction.ContentNeeds = set.ContentNeeds;
        _transaction.ContentLimits = options.Content;
        _transaction.ChecksAuthentication = set.Authentication is not null;
        _rewriteLimitBytes = options.RewriteLimitBytes;
        _transaction.KeptBodyBytes = set.RewritesBody ? _rewriteLimitBytes : 0;
    }

    /// <summary>The set that the running message began with.</summary>
    public PolicySet Set => _counters.Set;

    /// <summary>What the MTA agreed to: steps that it did not offer go to on_error.</summary>
    public Agreement? Agreement
    {
        get => _rules.Agreement;
        set
        {
            _rules.Agreement = value;
            _transaction.HasLeadingSpace = value?.Steps.HasFlag(MilterSteps.LeadingSpace) == true;
        }
    }

    /// <summary>Takes notes of what is evaluated; null, the default, for none.</summary>
    public Tracing.EvaluationTrace? Trace
    {
        get => _context.Trace;
        set => _context.Trace = value;
    }

    /// <summary>Notes what is read and not known; null, the default, for none.</summary>
    public Tracing.FactWatch? Watch
    {
        get => _context.Watch;
        set => _context.Watch = value;
    }

    /// <summary>Answers of look-ups that somebody gives, for tests, explanations and replays; null, the default, for none.</summary>
    public Facts.GivenFacts? Given
    {
        get => _context.Given;
        set => _context.Given = value;
    }

    /// <summary>What the set reads and is known now, by field or look-up: text, number or truth; null for a look-up that failed.</summary>
    public IEnumerable<(string Name, object? Value)> ReadValues()
    {
        foreach (var field in Set.ReadFields)
        {
            if (field.IsKnownIn(_transaction.Phase) && field.ValueIn(_context) is { } value)
            {
                yield return (field.Name, value);
            }
        }

        foreach (var question in _transaction.Phase == Phase.Eom ? Set.TextQuestions : [])
        {
            if (question.Evaluate(_context, out var answer) == EvaluationStatus.Known)
            {
                yield return (question.Question, answer);
            }
        }

        foreach (var (name, value) in LookupValues.Of(Set.LookupSources, _transaction))
        {
            yield return (name, value);
        }
    }

    /// <summary>Between messages only: the next one runs under the new set. Connection facts, tags and scores stay.</summary>
    public void Adopt(PolicySet newer)
    {
        _counters.Adopt(newer);
        _rules.Adopt();
        _transaction.Connection.Slots.Clear();
        _transaction.WantedHeaders = newer.WantedHeaders;
        _transaction.ContentNeeds = newer.ContentNeeds;
        _transaction.ChecksAuthentication = newer.Authentication is not null;
        _transaction.KeptBodyBytes = newer.RewritesBody ? _rewriteLimitBytes : 0;
        _message = null;
    }

    /// <summary>Completes synchronously unless a fact must be waited for. Never throws for a failed fact or our own bug: on_error decides.</summary>
    public ValueTask<Decision> EvaluateAsync(Phase phase, DateTimeOffset now, CancellationToken cancellationToken)
    {
        BeginEvent(phase, now, cancellationToken);
        var node = Set.NodeOf(phase);
        return node.IsEmpty && phase != Phase.Eom ? new ValueTask<Decision>(Decision.Continue) : RunAsync(phase, node);
    }

    /// <summary>The message ended without its end of message (ABORT, a new MAIL, the connection's end): hits are undone, abort rules run.</summary>
    public async ValueTask<Decision> AbortAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        _run.Begin(now, cancellationToken);
        _transaction.Phase = Phase.Abort;
        _transaction.Recipient = null;
        var decision = await RunAsync(Phase.Abort, Set.NodeOf(Phase.Abort)).ConfigureAwait(false);
        if (!_isFinal)
        {
            _run.Batch.Clear();
            _counters.Hits.QueueUndo(Phase.Abort, _run.Batch, shadowOnly: false);
            decision = await SendLastAsync(decision).ConfigureAwait(false);
        }

        EndMessage();
        _message = null;
        return decision;
    }

    /// <summary>The connection ended: gauges go down, close rules run.</summary>
    public async ValueTask<Decision> CloseAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        _run.Begin(now, cancellationToken);
        _transaction.Phase = Phase.Close;
        _transaction.Recipient = null;
        var decision = await RunAsync(Phase.Close, Set.NodeOf(Phase.Close)).ConfigureAwait(false);
        _run.Batch.Clear();
        _counters.Hits.QueueClose(_run.Batch);
        _rules.EndSession();
        _run.Lookups.EndEvent();
        return await SendLastAsync(decision).ConfigureAwait(false);
    }

    private void BeginEvent(Phase phase, DateTimeOffset now, CancellationToken cancellationToken)
    {
        _run.Begin(now, cancellationToken);
        _transaction.Phase = phase;
        if (phase == Phase.Connect)
        {
            _counters.BeginConnection();
        }

        if (phase is >= Phase.Mail and <= Phase.Eom && !ReferenceEquals(_message, _transaction.Message))
        {
            BeginMessage();
        }
    }

    private void BeginMessage()
    {
        _message = _transaction.Message;
        _transaction.Connection.Slots.ForgetFailed();
        _counters.BeginMessage();
        _changes.Clear();
        _rules.BeginMessage();
        _isFinal = false;
        _skipsHeaders = false;
        _skipsBody = false;
    }

    private void EndMessage()
    {
        _counters.Hits.EndMessage();
        _changes.Clear();
        _rules.Memories.Clear();
        _isFinal = true;
    }

    private async ValueTask<Decision> RunAsync(Phase phase, PhaseNode node)
    {
        PhaseResult result;
        try
        {
            await _counters.CountAsync(node).ConfigureAwait(false);
            result = IsSkipped(phase) ? PhaseResult.None : await _rules.RunAsync(node).ConfigureAwait(false);
        }
        catch (Exception bug)
        {
            _context.IsShadow = false;
            _run.Outcome.Error(RuleReference.Server, $"{bug.GetType().Name}: {bug.Message}");
            result = _rules.OnError(RuleReference.Server, null);
        }

        if (result.IsRefusal)
        {
            // Most is back already, so that the reply could say when a retry would pass; on_error's refusals and unanswered ones are not.
            _run.Batch.Clear();
            _counters.Hits.QueueUndo(RefusesMessage(phase) ? Phase.Eom : phase, _run.Batch, shadowOnly: false);
            await _rules.ExecuteAsync(_run.Batch).ConfigureAwait(false);
        }
        else if (phase == Phase.Eom)
        {
            _run.Batch.Clear();
            _rules.Memories.Queue(_run.Batch);
            await _rules.ExecuteAsync(_run.Batch).ConfigureAwait(false);
            if (Set.Authentication is { } authentication && result.Verdict.Kind != VerdictKind.Discard)
            {
                await ResultsRun.WriteAsync(authentication, _run, _changes, Agreement).ConfigureAwait(false);
            }
        }

        return End(phase, result);
    }

    private Decision End(Phase phase, PhaseResult result)
    {
        _skipsHeaders |= result.IsSkip && phase == Phase.Header;
        _skipsBody |= result.IsSkip && phase == Phase.Body;
        if (phase == Phase.Rcpt && result.IsRefusal && _transaction.Recipient is { } recipient)
        {
            recipient.IsRefusedByPolicy = true;
        }

        var decision = Decide(phase, result);
        if (phase == Phase.Eom || (RefusesMessage(phase) && (result.IsRefusal || result.Verdict.Kind == VerdictKind.Accept)))
        {
            EndMessage();
        }

        return decision;
    }

    /// <summary>At rcpt a refusal is the recipient's, unless the MTA awaits no reply there: the session then tells it later, of the message.</summary>
    private bool RefusesMessage(Phase phase) =>
        phase is >= Phase.Mail and <= Phase.Eom && (phase != Phase.Rcpt || Agreement?.Replies.HasFlag(MilterEvents.Rcpt) == false);

    private Decision Decide(Phase phase, in PhaseResult result)
    {
        var outcome = _run.Outcome;
        var changes = phase == Phase.Eom && !result.IsRefusal ? _changes.InSendingOrder(_transaction.Message) : [];
        _changes.TellWhatWasLeft(outcome);

        if (result.Rule is null && outcome.IsEmpty && changes.Count == 0)
        {
            return Decision.Continue;
        }

        var rule = result.Rule ?? outcome.Allowed;
        return new Decision
        {
            Id = rule is null && outcome.Would.Count == 0 && outcome.Notices.Count == 0 ? string.Empty : _rules.DecisionId,
            Verdict = result.Verdict,
            Rule = rule,
            Outcome = result.Rule is null && outcome.Allowed is not null ? "allow" : result.Outcome,
            Phase = phase,
            Would = outcome.Would,
            Protected = outcome.Protected,
            Logs = outcome.Logs,
            Notices = outcome.Notices,
            Modifications = changes,
            QuarantineReason = result.QuarantineReason,
            Delay = outcome.Delay,
            IsSuppressed = result.IsSuppressed,
            IsDegraded = _context.IsDegraded,
            Counter = result.Counter,
            Errors = outcome.Errors,
        };
    }

    private async ValueTask<Decision> SendLastAsync(Decision decision)
    {
        if (_run.Batch.Count == 0 || await _run.ExecuteAsync(_run.Batch).ConfigureAwait(false))
        {
            return decision;
        }

        return decision with { Errors = [.. decision.Errors, .. _run.Outcome.Errors] };
    }

    private bool IsSkipped(Phase phase) => (phase == Phase.Header && _skipsHeaders) || (phase == Phase.Body && _skipsBody);
}
