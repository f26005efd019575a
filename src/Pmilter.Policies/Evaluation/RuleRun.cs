using System.Globalization;
using Pmilter.Policies.Binding.Rules;
using Pmilter.Policies.Evaluation.Changes;
using Pmilter.Policies.Evaluation.Dispatch;
using Pmilter.Policies.Evaluation.Steps;
using Pmilter.Policies.Evaluation.Tracing;
using Pmilter.Policies.Fuses;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Notices;
using Pmilter.Policies.Protecting;
using Pmilter.Policies.Scripts;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;

namespace Pmilter.Policies.Evaluation;

/// <summary>Phase step 2: rules in order until an enforced one decides. Monitor rules only leave what they would have done.</summary>
internal sealed class RuleRun(EventRun run, CounterRun counters, EngineOptions options, MessageChanges changes, IStateStore store)
{
    private static long _lastConnection;
    private readonly long _connection = Interlocked.Increment(ref _lastConnection);
    private readonly RuleTurns _turns = new(run.Context);
    private readonly RuleMatch _match = new(run, counters, options);
    private readonly ReplyComposer _replies = new(options, run.Outcome);
    private readonly ConditionalVerdicts _conditional = new(run, counters, options, () => new ScriptRun(run, options, changes, store));
    private readonly StepScope _steps = new(run.Context, new KeyText()) { Outcome = run.Outcome, Changes = changes };
    private readonly NoticeRun _notices = new(run, counters);
    private readonly ProtectionRun _protection = new(run, options.Protection);
    private readonly FuseRun _fuses = new(run, options.Fuses);
    private RuleKeeping? _kept;
    private readonly HashSet<RuleNode> _unoffered = [];
    private long _decisions;

    private EvaluationContext Context => run.Context;

    private RuleKeeping Keeping => _kept ??= new RuleKeeping(run, counters, _steps.Keys, _notices);

    /// <summary>What the MTA agreed to; null for everything.</summary>
    public Agreement? Agreement
    {
        get => _conditional.Agreement;
        set => _conditional.Agreement = value;
    }

    /// <summary>The connection is over.</summary>
    public void EndSession() => _conditional.EndSession();

    public MessageMemories Memories => _steps.Memories;

    /// <summary>A message begins.</summary>
    public void BeginMessage()
    {
        Memories.Clear();
        _fuses.BeginMessage();
    }

    /// <summary>A newer set runs; what its rules lack is told anew.</summary>
    public void Adopt() => _unoffered.Clear();

    /// <summary>The id of the last rule that fired.</summary>
    public string DecisionId => Context.Template.DecisionId;

    public async ValueTask<PhaseResult> RunAsync(PhaseNode phase)
    {
        _steps.Keys.Clear();
        var allowedPolicy = -1;
        _turns.Begin(phase);
        while (_turns.Next() is { } rule)
        {
            if (rule.PolicyIndex == allowedPolicy || !_match.IsInForce(rule))
            {
                Context.Trace?.Add(rule, rule.PolicyIndex == allowedPolicy ? RuleState.NotReached : RuleState.NotInForce);
                continue;
            }

            var result = await RunAsync(rule).ConfigureAwait(false);
            Context.Trace?.Decided(run.Outcome.HasSpared(rule.Reference) ? "protected" : rule.IsMonitor ? run.Outcome.WouldOf(rule.Reference) : result.Outcome);
            if (result.Rule is null || rule.IsMonitor)
            {
                continue;
            }

            if (!result.EndsOnlyFile)
            {
                LeaveRest(phase, rule);
                return result;
            }

            allowedPolicy = rule.PolicyIndex;
            run.Outcome.Allowed = rule.Reference;
        }

        return PhaseResult.None;
    }

    /// <summary>What the server's on_error makes of a bug outside rules.</summary>
    public PhaseResult OnError(RuleReference rule, OnError? own)
    {
        var phase = Context.Transaction.Phase;
        var onError = own ?? (run.HasStoreFailed ? options.StateOnError : null) ?? options.OnError;
        if (onError == Syntax.OnError.Continue || phase >= Phase.Abort || (onError == Syntax.OnError.Accept && phase == Phase.Rcpt))
        {
            return PhaseResult.None;
        }

        Identify(rule);
        return new PhaseResult(rule, _replies.OnError(onError), onError switch { Syntax.OnError.Tempfail => "tempfail", Syntax.OnError.Reject => "reject", _ => "accept" });
    }

    private void LeaveRest(PhaseNode phase, RuleNode decided)
    {
        if (Context.Trace is not { } trace)
        {
            return;
        }

        foreach (var rule in phase.Rules.SkipWhile(rule => !ReferenceEquals(rule, decided)).Skip(1))
        {
            trace.Add(rule, RuleState.NotReached);
        }
    }

    private async ValueTask<PhaseResult> RunAsync(RuleNode rule)
    {
        Context.IsShadow = rule.IsMonitor;
        Context.Template.RetryAfter = TimeSpan.Zero;
        Context.Template.LimitMax = 0;
        Context.Template.Count = 0;
        Context.Trace?.Begin();
        run.Lookups.BeginRule(rule.Timeout);
        try
        {
            var match = await _match.TestAsync(rule).ConfigureAwait(false);
            if (Context.Trace is { } trace)
            {
                var counted = rule.Limit is { } limit ? ReadingOf(limit) : null;
                trace.Tested(rule, match, Context, counted, await FirstEvent.ReadAsync(run, rule.Limit, counted).ConfigureAwait(false));
            }

            if (match == MatchKind.No)
            {
                return PhaseResult.None;
            }

            if (match == MatchKind.Failed || !IsOffered(rule))
            {
                return Fail(rule);
            }

            if (rule.Withholds && _protection.Spares(rule, rule.Verdict?.Outcome ?? "ban"))
            {
                return PhaseResult.None;
            }

            if ((rule.Withholds || rule.Script is not null) && (rule.Verdict is null || !IsSuppressed(rule.Verdict)) && _fuses.Holds(rule))
            {
                return PhaseResult.None;
            }

            Identify(rule.Reference);
            _notices.Begin();
            await Keeping.KeepAsync(rule, match, undoes: rule.Verdict is { Refuses: true } && !IsSuppressed(rule.Verdict)).ConfigureAwait(false);
            if (!await RunStepsAsync(rule).ConfigureAwait(false))
            {
                return Fail(rule);
            }

            if (rule.Notices.Length > 0)
            {
                await _notices.RunAsync(rule).ConfigureAwait(false);
            }

            if (rule.Greylist is null && rule.Script is null)
            {
                rule.Tally.Hit(rule.Verdict?.Outcome ?? "continue");
                return Decide(rule);
            }

            return await RunConditionalAsync(rule).ConfigureAwait(false);
        }
        catch (Exception bug)
        {
            rule.Tally.Failed();
            run.Outcome.Error(rule.Reference, $"{bug.GetType().Name}: {bug.Message}");
            return OnError(rule, rule.OnError);
        }
        finally
        {
            Context.IsShadow = false;
            run.Lookups.BeginRule(null);
            run.Outcome.Rule = RuleReference.Server;
        }
    }

    /// <summary>Null where the counter did not count this event.</summary>
    private CounterReading? ReadingOf(LimitNode limit) =>
        double.IsNaN(Context.Readings[limit.Counter.Index, Context.IsShadow]) ? null
        : counters.Hits.ReadingOf(limit.Counter, Context.Readings[limit.Counter.Index, Context.IsShadow], Context.Template.LimitMax);

    private async ValueTask<PhaseResult> RunConditionalAsync(RuleNode rule)
    {
        if (await _conditional.RunAsync(rule).ConfigureAwait(false) is not { } result)
        {
            return rule.Script is null ? Fail(rule) : FailScript(rule);
        }

        if (_fuses.HoldsResult(rule, result))
        {
            return PhaseResult.None;
        }

        rule.Tally.Hit(rule.IsMonitor ? run.Outcome.WouldOf(rule.Reference) : result.Outcome);
        return result;
    }

    private PhaseResult Fail(RuleNode rule)
    {
        rule.Tally.Failed();
        if (!_unoffered.Contains(rule))
        {
            var isTruncated = Context.Transaction.Message.Content.IsTruncated;
            run.Outcome.Error(
                rule.Reference,
                isTruncated ? "Not all of the message was looked at; on_error decides." : "A fact that the rule rests on could not be known; on_error decides.",
                isToldElsewhere: isTruncated || run is { HasLookupFailed: true, HasStoreFailed: false });
        }

        return OnError(rule, rule.OnError);
    }

    /// <summary>What went wrong has been told; ruby.on_error stands behind the rule's own.</summary>
    private PhaseResult FailScript(RuleNode rule)
    {
        rule.Tally.Failed();
        return OnError(rule, rule.OnError ?? options.ScriptOnError);
    }

    private PhaseResult OnError(RuleNode rule, OnError? own)
    {
        var result = rule.IsMonitor ? PhaseResult.None : OnError(rule.Reference, own);
        return result.IsRefusal && (_protection.Spares(rule, result.Outcome) || _fuses.Holds(rule, result.Outcome)) ? PhaseResult.None : result;
    }

    /// <summary>Told once a connection; it is the MTA's nature, not the message's.</summary>
    private bool IsOffered(RuleNode rule)
    {
        if (rule.IsMonitor || Agreement is not { } agreement || (rule.Actions & ~agreement.Actions) == MilterActions.None)
        {
            return true;
        }

        if (_unoffered.Add(rule))
        {
            run.Outcome.Error(rule.Reference, $"The MTA did not offer {rule.Actions & ~agreement.Actions}; on_error decides.");
        }

        return false;
    }

    private async ValueTask<bool> RunStepsAsync(RuleNode rule)
    {
        _steps.Operations.Clear();
        _steps.Hits.Clear();
        foreach (var step in rule.Steps)
        {
            var status = step.Run(_steps);
            while (status == EvaluationStatus.Pending)
            {
                await run.ResolveAsync().ConfigureAwait(false);
                status = step.Run(_steps);
            }

            if (status == EvaluationStatus.Failed)
            {
                return false;
            }
        }

        await ExecuteAsync(_steps.Operations).ConfigureAwait(false);
        foreach (ref var operation in _steps.Operations.Operations)
        {
            Keeping.Learn(operation);
        }

        foreach (var counter in _steps.Hits)
        {
            await counters.CountByHandAsync(counter, rule.IsMonitor).ConfigureAwait(false);
        }

        return true;
    }

    private PhaseResult Decide(RuleNode rule)
    {
        if (rule.Verdict is not { } verdict)
        {
            return PhaseResult.None;
        }

        var answer = verdict.Word switch
        {
            VerdictWord.Tempfail or VerdictWord.Reject => _replies.Compose(rule.Reference, verdict.Word, verdict.Reply, Context),
            VerdictWord.Accept => Verdict.Accept,
            VerdictWord.Discard => Verdict.Discard,
            VerdictWord.Skip when rule.MaySkipOnWire => Verdict.Skip,
            _ => Verdict.Continue,
        };
        if (rule.IsMonitor)
        {
            run.Outcome.AddWould(new WouldHave(rule.Reference, verdict.Outcome, answer.Reply?.Show(" ") ?? string.Empty));
            return PhaseResult.None;
        }

        var isSuppressed = IsSuppressed(verdict);
        return new PhaseResult(rule.Reference, isSuppressed ? Verdict.Continue : answer, verdict.Outcome)
        {
            QuarantineReason = verdict.Reason?.Render(Context),
            IsSuppressed = isSuppressed,
            IsSkip = verdict.Word == VerdictWord.Skip,
            EndsOnlyFile = verdict.Word == VerdictWord.Allow,
            Counter = rule.Limit is { } limit ? counters.Hits.ReadingOf(limit.Counter, Context.Template.Count, Context.Template.LimitMax) : null,
        };
    }

    /// <summary>Postfix forbids refusing a recipient of a local submission (MILTER_README, non_smtpd_milters).</summary>
    private bool IsSuppressed(BoundVerdict verdict) => verdict.Refuses && Context.IsLocalRecipient;

    private void Identify(RuleReference rule)
    {
        var template = Context.Template;
        template.Rule = rule.Id;
        template.Policy = rule.Policy;
        template.DecisionId = string.Create(CultureInfo.InvariantCulture, $"{_connection:x}-{++_decisions:x}");
        run.Outcome.Rule = rule;
    }

    /// <summary>What must be kept may be lost with the store; the verdict stands.</summary>
    public async ValueTask ExecuteAsync(StateBatch batch)
    {
        if (batch.Count > 0)
        {
            await run.ExecuteAsync(batch).ConfigureAwait(false);
        }
    }
}
