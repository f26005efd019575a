using Pmilter.Policies.Notices;
using Pmilter.Policies.State;

namespace Pmilter.Policies.Evaluation;

/// <summary>What a rule that fires does to holds and counted hits before its verdict is told, and when a retry would pass.</summary>
internal sealed class RuleKeeping(EventRun run, CounterRun counters, KeyText keys, NoticeRun notices)
{
    private EvaluationContext Context => run.Context;

    /// <summary>Holds begin, hits of a refused event are taken back, and only then it is known when a retry would pass.</summary>
    public async ValueTask KeepAsync(RuleNode rule, MatchKind match, bool undoes)
    {
        var batch = run.Batch;
        batch.Clear();
        var shadow = rule.IsMonitor;
        if (rule.Limit is { Hold: { } hold } limit && match == MatchKind.Fired)
        {
            counters.Hits.QueueHoldStarts(hold, limit.Counter, Context.Template.LimitMax, batch, shadow);
        }

        if (rule.Limit is { } held && match == MatchKind.Held)
        {
            counters.Hits.QueueUndoOf(held.Counter, batch, shadow);
        }

        if (undoes)
        {
            counters.Hits.QueueUndo(Context.Transaction.Phase, batch, shadow);
        }

        if (rule.NeedsRetryAfter)
        {
            QueueRetry(rule, batch);
        }

        // What must be kept may be lost with the store; the verdict stands.
        if (batch.Count > 0)
        {
            await run.ExecuteAsync(batch).ConfigureAwait(false);
        }

        foreach (ref var operation in batch.Operations)
        {
            Learn(operation);
        }
    }

    /// <summary>What began, and when a retry would pass.</summary>
    public void Learn(in StateOperation operation)
    {
        notices.Note(operation);
        RaiseRetry(operation);
    }

    private void QueueRetry(RuleNode rule, StateBatch batch)
    {
        if (rule.Limit is { } limit)
        {
            counters.Hits.QueueRetry(limit.Counter, Context.Template.LimitMax, batch, rule.IsMonitor);
        }

        foreach (var ban in rule.Bans)
        {
            if (keys.TryMake(Context, ban.Key, out var key, out var isUnknown) == EvaluationStatus.Known && !isUnknown)
            {
                batch.Add(new StateOperation { Kind = StateOperationKind.BanRead, Ban = rule.IsMonitor ? ban.ShadowDefinition : ban.Definition, Key = key });
            }
        }
    }

    private void RaiseRetry(in StateOperation operation)
    {
        if (operation.Kind is not (StateOperationKind.HoldStart or StateOperationKind.RetryAt or StateOperationKind.BanRead or StateOperationKind.BanAdd))
        {
            return;
        }

        // A ban that only a hand lifts has no end to name: a day is as good an answer as any.
        var rest = operation.Until == DateTimeOffset.MaxValue ? TimeSpan.FromDays(1) : operation.Until - Context.Now;
        Context.Template.RetryAfter = rest > Context.Template.RetryAfter ? rest : Context.Template.RetryAfter;
    }
}
