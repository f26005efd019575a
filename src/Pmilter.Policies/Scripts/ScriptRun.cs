using Pmilter.Policies.Binding;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Changes;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Protecting;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Scripts;

/// <summary>
/// Runs a rule's script and takes over what it asked for, if it ended well. A monitor rule's script runs too; only what it would have
/// decided is kept of it.
/// </summary>
internal sealed class ScriptRun(EventRun run, EngineOptions options, MessageChanges changes, IStateStore store)
{
    private static long _lastSession;
    private readonly long _session = Interlocked.Increment(ref _lastSession);
    private readonly ScriptVerdicts _verdicts = new(options);
    private readonly KeyText _keys = new();
    private readonly ProtectionRun _protection = new(run, options.Protection);

    private EvaluationContext Context => run.Context;

    /// <summary>What the MTA agreed to; null for everything.</summary>
    public Agreement? Agreement { get; set; }

    /// <summary>A mistake means that the script failed, and has been told: on_error decides.</summary>
    public async ValueTask<ScriptVerdict> RunAsync(RuleNode rule)
    {
        if (options.Scripts is not { } host || rule.Script is not { } script || rule.Scope is not { } scope)
        {
            return Fail(rule, "no Ruby runs here");
        }

        var phase = Context.Transaction.Phase;
        var facts = new ScriptFacts(Context, scope, store);
        var call = new ScriptCall(script.Path, phase.ToString().ToLowerInvariant(), _session, facts, script.Timeout ?? options.ScriptTimeout);
        var result = await host.CallAsync(call, run.Cancellation).ConfigureAwait(false);
        foreach (var line in result.Output)
        {
            run.Outcome.Log(line);
        }

        if (result.Outcome != ScriptOutcome.Completed)
        {
            return Fail(rule, $"{script.Path} {Said(result.Outcome)}: {result.Failure}");
        }

        var verdict = VerdictOf(result, phase);
        if (verdict.Mistake is { } mistake)
        {
            return Fail(rule, $"{script.Path}: {mistake}");
        }

        if (!rule.IsMonitor)
        {
            await TakeOverAsync(rule, scope, script, result.Operations).ConfigureAwait(false);
        }

        return verdict;
    }

    public void EndSession() => options.Scripts?.EndSession(_session);

    private static string Said(ScriptOutcome outcome) => outcome switch
    {
        ScriptOutcome.TimedOut => "did not answer in time and was stopped",
        ScriptOutcome.Crashed => "ended its worker",
        ScriptOutcome.Refused => "was not run",
        _ => "failed",
    };

    private ScriptVerdict Fail(RuleNode rule, string mistake)
    {
        run.Outcome.Error(rule.Reference, $"{mistake}; on_error decides.");
        return ScriptVerdict.Wrong(mistake);
    }

    private ScriptVerdict VerdictOf(ScriptResult result, Phase phase)
    {
        for (var i = result.Operations.Count - 1; i >= 0; i--)
        {
            if (ScriptVerdicts.IsVerdict(result.Operations[i]))
            {
                return _verdicts.OfOperation(result.Operations[i], phase);
            }
        }

        return _verdicts.OfStatus(result.Status, phase);
    }

    private async ValueTask TakeOverAsync(RuleNode rule, BindingScope scope, BoundScript script, IReadOnlyList<ScriptOperation> operations)
    {
        if (operations.Count == 0)
        {
            return;
        }

        run.Batch.Clear();
        _keys.Clear();
        foreach (var operation in operations)
        {
            if (!ScriptVerdicts.IsVerdict(operation) && TakeOver(rule, scope, operation) is { } mistake)
            {
                run.Outcome.Error(rule.Reference, $"{script.Path}:{operation.Line}: {operation.Name}: {mistake}");
            }
        }

        if (run.Batch.Count > 0)
        {
            await run.ExecuteAsync(run.Batch).ConfigureAwait(false);
        }
    }

    /// <summary>Null when it was done, else why not.</summary>
    private string? TakeOver(RuleNode rule, BindingScope scope, ScriptOperation operation)
    {
        var text = operation.Arguments is [{ Text: { } given }, ..] ? given : string.Empty;
        switch (operation.Name)
        {
            case "tag" when text.Length > 0:
                Context.Transaction.Annotations.AddTag(text, shadow: false);
                return null;
            case "score" when operation.Arguments is [{ Number: { } score }, ..] && double.IsFinite(score):
                Context.Transaction.Annotations.AddScore(score, shadow: false);
                return null;
            case "why":
                run.Outcome.Log($"why: {text}");
                return null;
            case "ban":
                return _protection.Spares(rule, "ban") ? null : Ban(scope, text, StateOperationKind.BanAdd);
            case "unban":
                return Ban(scope, text, StateOperationKind.BanRemove);
            default:
                return Change(operation);
        }
    }

    private string? Ban(BindingScope scope, string name, StateOperationKind kind)
    {
        if (!scope.Bans.TryGetValue(name, out var ban))
        {
            return $"the policy has no ban '{name}'";
        }

        var status = _keys.TryMake(Context, ban.Key, out var key, out var isUnknown);
        if (status != EvaluationStatus.Known)
        {
            return $"the key of ban '{name}' is not known here";
        }

        if (!isUnknown || ban.Unknown == UnknownKeys.Count)
        {
            run.Batch.Add(new StateOperation { Kind = kind, Ban = ban.Definition, Key = key });
        }

        return null;
    }

    private string? Change(ScriptOperation operation)
    {
        if (ScriptChanges.Of(operation) is not { } change)
        {
            return "there is no such operation, or its arguments make no sense";
        }

        if (Context.Transaction.Phase != Phase.Eom)
        {
            return "messages are changed at eom only";
        }

        if (Agreement is { } agreement && (ScriptChanges.ActionOf(change) & ~agreement.Actions) != MilterActions.None)
        {
            return "the MTA did not offer it";
        }

        changes.Add(change);
        return null;
    }
}
