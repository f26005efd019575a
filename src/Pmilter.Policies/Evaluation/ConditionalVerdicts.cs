using Pmilter.Policies.Protecting;
using Pmilter.Policies.Scripts;
using Pmilter.Policies.State;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;

namespace Pmilter.Policies.Evaluation;

/// <summary>Verdicts that a greylist or a script gives, or does not: then the next rule goes on.</summary>
internal sealed class ConditionalVerdicts(EventRun run, CounterRun counters, EngineOptions options, Func<ScriptRun> makeScripts)
{
    private readonly GreylistRun _greylists = new(run);
    private readonly ReplyComposer _replies = new(options, run.Outcome);
    private readonly ProtectionRun _protection = new(run, options.Protection);
    private ScriptRun? _scripts;
    private Agreement? _agreement;

    /// <summary>What the MTA agreed to; null for everything.</summary>
    public Agreement? Agreement
    {
        get => _agreement;
        set
        {
            _agreement = value;
            if (_scripts is not null)
            {
                _scripts.Agreement = value;
            }
        }
    }

    private EvaluationContext Context => run.Context;

    /// <summary>Null when it failed: on_error decides.</summary>
    public ValueTask<PhaseResult?> RunAsync(RuleNode rule) => rule.Greylist is { } greylist ? GreylistAsync(rule, greylist) : ScriptAsync(rule);

    /// <summary>The connection is over.</summary>
    public void EndSession() => _scripts?.EndSession();

    private async ValueTask<PhaseResult?> GreylistAsync(RuleNode rule, GreylistNode greylist)
    {
        if (await _greylists.CheckAsync(greylist).ConfigureAwait(false) is not { } check)
        {
            return null;
        }

        if (check.Outcome != GreylistOutcome.Delayed)
        {
            return PhaseResult.None;
        }

        Context.Template.RetryAfter = check.RetryAt - Context.Now;
        return await DecideAsync(rule, _replies.Greylisted(rule.Reference, greylist.Reply, Context), "tempfail", null).ConfigureAwait(false);
    }

    private async ValueTask<PhaseResult?> ScriptAsync(RuleNode rule)
    {
        if (_scripts is null)
        {
            _scripts = makeScripts();
            _scripts.Agreement = _agreement;
        }

        var script = await _scripts.RunAsync(rule).ConfigureAwait(false);
        if (script.Mistake is not null)
        {
            return null;
        }

        if (script.Outcome == "continue" || (Withholds(script) && _protection.Spares(rule, script.Outcome)))
        {
            return PhaseResult.None;
        }

        return await DecideAsync(rule, script.Verdict, script.Outcome, script.Reason).ConfigureAwait(false);
    }

    private static bool Withholds(ScriptVerdict script) =>
        script.Outcome == "quarantine" || script.Verdict.Kind is VerdictKind.Tempfail or VerdictKind.Reject or VerdictKind.Discard;

    /// <summary>A monitor rule leaves what it would have done, and takes back what the event added to the counters that monitor rules read.</summary>
    private async ValueTask<PhaseResult?> DecideAsync(RuleNode rule, Verdict verdict, string outcome, string? reason)
    {
        var isRefusal = verdict.Kind is VerdictKind.Tempfail or VerdictKind.Reject or VerdictKind.Discard;
        if (!rule.IsMonitor)
        {
            var isSuppressed = isRefusal && Context.IsLocalRecipient;
            return new PhaseResult(rule.Reference, isSuppressed ? Verdict.Continue : verdict, outcome)
            {
                QuarantineReason = reason,
                IsSuppressed = isSuppressed,
                IsSkip = verdict.Kind == VerdictKind.Skip,
            };
        }

        run.Outcome.AddWould(new WouldHave(rule.Reference, outcome, verdict.Reply?.Show(" ") ?? string.Empty));
        if (isRefusal)
        {
            run.Batch.Clear();
            counters.Hits.QueueUndo(Context.Transaction.Phase, run.Batch, shadowOnly: true);
            if (run.Batch.Count > 0)
            {
                await run.ExecuteAsync(run.Batch).ConfigureAwait(false);
            }
        }

        return PhaseResult.None;
    }
}
