namespace Pmilter.Policies.Evaluation;

/// <summary>Whether a rule fires: mode and times, when, unless, then hold or limit.</summary>
internal sealed class RuleMatch(EventRun run, CounterRun counters, EngineOptions options)
{
    private const double NearLimit = 0.8;

    private EvaluationContext Context => run.Context;

    public bool IsInForce(RuleNode rule)
    {
        var now = Context.Now;
        if (now < rule.From || now >= rule.Until || (rule.Schedule is { } schedule && !schedule.Covers(now, options.Zone)))
        {
            return false;
        }

        return rule.IncludesMtaRefused || Context.Transaction is not { Phase: Mail.Phase.Rcpt, Recipient.IsRefusedByMta: true };
    }

    public async ValueTask<MatchKind> TestAsync(RuleNode rule)
    {
        var truth = await TestConditionsAsync(rule).ConfigureAwait(false);
        if (truth != Truth.True)
        {
            return truth == Truth.False ? MatchKind.No : MatchKind.Failed;
        }

        return rule.Limit is { } limit ? await TestLimitAsync(limit, rule.Tally).ConfigureAwait(false) : MatchKind.Fired;
    }

    private ValueTask<Truth> TestConditionsAsync(RuleNode rule)
    {
        foreach (var counter in rule.Reads)
        {
            if (counters.IsUnread(counter))
            {
                return TestWithoutAsync(rule);
            }
        }

        return ConditionTest.RunAsync(run, rule.When, rule.Unless, rule.Tally);
    }

    /// <summary>A failed fact counts only if the result depends on it: whatever the missing counts are, lowest or highest.</summary>
    private async ValueTask<Truth> TestWithoutAsync(RuleNode rule)
    {
        var lowest = await ConditionTest.RunAsync(run, rule.When, rule.Unless).ConfigureAwait(false);
        Suppose(rule, double.PositiveInfinity);
        var highest = await ConditionTest.RunAsync(run, rule.When, rule.Unless, rule.Tally).ConfigureAwait(false);
        Suppose(rule, double.NaN);
        return lowest == highest ? lowest : Truth.Failed;
    }

    private void Suppose(RuleNode rule, double count)
    {
        foreach (var counter in rule.Reads)
        {
            if (counters.IsUnread(counter))
            {
                Context.Readings[counter.Index, false] = count;
                Context.Readings[counter.Index, true] = count;
            }
        }
    }

    private async ValueTask<MatchKind> TestLimitAsync(LimitNode limit, RuleTally tally)
    {
        if (counters.IsUnread(limit.Counter))
        {
            return MatchKind.Failed;
        }

        var count = Context.Readings[limit.Counter.Index, Context.IsShadow];
        if (double.IsNaN(count))
        {
            return MatchKind.No;
        }

        var status = limit.Max.Evaluate(Context, out var max);
        while (status == EvaluationStatus.Pending)
        {
            await run.ResolveAsync().ConfigureAwait(false);
            status = limit.Max.Evaluate(Context, out max);
        }

        if (status == EvaluationStatus.Failed)
        {
            return MatchKind.Failed;
        }

        Context.Template.LimitMax = max;
        Context.Template.Count = count;
        if (limit.Hold is { } hold)
        {
            var until = limit.IsHoldPrefetched ? counters.HeldUntil(hold) : await ReadHoldAsync(hold, limit.Counter).ConfigureAwait(false);
            if (until > Context.Now)
            {
                Context.Template.RetryAfter = until - Context.Now;
                return MatchKind.Held;
            }
        }

        if (count > max)
        {
            return MatchKind.Fired;
        }

        if (count > max * NearLimit)
        {
            tally.AlmostAtLimit();
        }

        return MatchKind.No;
    }

    private async ValueTask<DateTimeOffset> ReadHoldAsync(HoldNode hold, CounterNode counter)
    {
        var batch = run.Batch;
        batch.Clear();
        counters.Hits.QueueHolds(hold, counter, batch, Context.IsShadow);
        var until = default(DateTimeOffset);
        if (batch.Count > 0 && await run.ExecuteAsync(batch).ConfigureAwait(false))
        {
            foreach (ref var operation in batch.Operations)
            {
                until = operation.Until > until ? operation.Until : until;
            }
        }

        return until;
    }
}

/// <summary>Held: the rule's hold on the key is running. Failed: a fact that decides is missing.</summary>
internal enum MatchKind
{
    No,
    Fired,
    Held,
    Failed,
}
