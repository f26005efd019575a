using Pmilter.Policies.Binding;
using Pmilter.Policies.Mail;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation;

/// <summary>
/// Phase step 1: hits the counters and keeps their readings.
/// </summary>
internal sealed class CounterRun(EventRun run)
{
    private readonly HashSet<CounterNode> _unread = [];
    private readonly CounterState _readings = new(run.Context.Readings);
    private bool _areReadingsOfRecipient;

    /// <summary>The set that runs.</summary>
    public PolicySet Set { get; set; } = PolicySet.Empty;

    public EventHits Hits { get; } = new(run);

    private EvaluationContext Context => run.Context;

    /// <summary>Counters that the store did not answer for: conditions and limits that read them fail.</summary>
    public bool IsUnread(CounterNode counter) => _unread.Contains(counter);

    /// <summary>What was read for the message before is not this one's.</summary>
    public void BeginMessage()
    {
        Hits.EndMessage();
        _unread.RemoveWhere(counter => !counter.IsOfConnection);
        _areReadingsOfRecipient = false;
        foreach (var counter in Set.LiveCounters)
        {
            if (!counter.IsOfConnection)
            {
                _readings.Forget(counter);
            }
        }
    }

    /// <summary>A newer set: a counter of the connection that is in both keeps its reading and its hits.</summary>
    public void Adopt(PolicySet newer)
    {
        var successors = new Dictionary<CounterNode, CounterNode>();
        var kept = new List<(CounterNode To, double Real, double Shadow)>();
        foreach (var to in newer.LiveCounters)
        {
            if (to.IsOfConnection && Array.Find(Set.LiveCounters, from => from.Bound.Phase == to.Bound.Phase && from.Bound.Definition.SharesStateWith(to.Bound.Definition)) is { } known)
            {
                successors.Add(known, to);
                kept.Add((to, Context.Readings[known.Index, false], Context.Readings[known.Index, true]));
            }
        }

        Hits.Adopt(successors);
        BeginConnection();
        Set = newer;
        foreach (var (to, real, shadow) in kept)
        {
            Context.Readings[to.Index, false] = real;
            Context.Readings[to.Index, true] = shadow;
        }
    }

    public void BeginConnection()
    {
        Context.Readings.Clear();
        _unread.Clear();
    }

    /// <summary>Phase step 1: one batch for all counters of the phase, and the holds that their rules will ask about.</summary>
    public ValueTask CountAsync(PhaseNode phase)
    {
        var at = Context.Transaction.Phase;
        if (at > Phase.Rcpt && at <= Phase.Eom && _areReadingsOfRecipient)
        {
            _areReadingsOfRecipient = false;
            _readings.ReadRecipients(Set, Hits.Message);
        }

        if (at is < Phase.Mail or > Phase.Eom)
        {
            Hits.BeginConnectionEvent(at);
        }

        return phase.Counters.Length == 0 ? ValueTask.CompletedTask : CountAllAsync(phase, at);
    }

    private async ValueTask CountAllAsync(PhaseNode phase, Phase at)
    {
        var transaction = Context.Transaction;
        _areReadingsOfRecipient |= at == Phase.Rcpt;
        run.Batch.Clear();
        var log = Hits.LogOf(phase.Counters[0]);
        var first = log.Count;
        foreach (var counter in phase.Counters)
        {
            if (Hits.IsCounted(counter))
            {
                continue;
            }

            _unread.Remove(counter);
            _readings.Forget(counter);
            if (counter.Bound.Kind == CountKind.Explicit)
            {
                continue;
            }

            if (counter.ReadsSamePhase && log.Count > first)
            {
                await FlushAsync(log, first).ConfigureAwait(false);
                first = log.Count;
            }

            if (!counter.IsEachRecipient)
            {
                await QueueAsync(counter, log, at == Phase.Rcpt ? transaction.Recipient : null).ConfigureAwait(false);
                continue;
            }

            for (var i = 0; i < transaction.Message.Recipients.Count; i++)
            {
                var recipient = transaction.Message.RecipientAt(i);
                if (!recipient.IsRefusedByPolicy && (!recipient.IsRefusedByMta || counter.Bound.Syntax.IncludesMtaRefused))
                {
                    transaction.Recipient = recipient;
                    await QueueAsync(counter, log, recipient).ConfigureAwait(false);
                    transaction.Recipient = null;
                }
            }
        }

        await FlushAsync(log, first).ConfigureAwait(false);
    }

    /// <summary>A hit by <c>count:</c>.</summary>
    public async ValueTask CountByHandAsync(BoundCounter bound, bool shadowOnly)
    {
        if (NodeOf(bound) is not { } counter)
        {
            return;
        }

        run.Batch.Clear();
        var log = Hits.LogOf(counter);
        var first = log.Count;
        await QueueAsync(counter, log, Context.Transaction.Phase == Phase.Rcpt ? Context.Transaction.Recipient : null, shadowOnly).ConfigureAwait(false);
        await FlushAsync(log, first).ConfigureAwait(false);
    }

    /// <summary>The end of the rule's hold that was read with the hit; default for none.</summary>
    public DateTimeOffset HeldUntil(HoldNode hold) => _readings.HeldUntil(hold);

    /// <summary>Null where no live rule reads it.</summary>
    private CounterNode? NodeOf(BoundCounter bound)
    {
        foreach (var counter in Set.LiveCounters)
        {
            if (ReferenceEquals(counter.Bound, bound))
            {
                return counter;
            }
        }

        return null;
    }

    private async ValueTask QueueAsync(CounterNode counter, HitLog log, RecipientFacts? recipient, bool shadowOnly = false)
    {
        if (recipient is { IsRefusedByMta: true } && !counter.Bound.Syntax.IncludesMtaRefused)
        {
            return;
        }

        if (await ConditionTest.RunAsync(run, counter.When, counter.Unless).ConfigureAwait(false) != Truth.True)
        {
            return;
        }

        var hit = new Hit { Counter = counter, Recipient = recipient, Event = run.Event, Amount = 1, IsUndone = shadowOnly };
        while (true)
        {
            var status = Fill(counter, log, ref hit, out var counts);
            if (status == EvaluationStatus.Pending)
            {
                await run.ResolveAsync().ConfigureAwait(false);
                continue;
            }

            if (status == EvaluationStatus.Known && counts)
            {
                Queue(log, ref hit, shadowOnly);
            }

            return;
        }
    }

    private EvaluationStatus Fill(CounterNode counter, HitLog log, ref Hit hit, out bool counts)
    {
        var bound = counter.Bound;
        counts = false;
        var skips = bound.Syntax.Unknown == UnknownKeys.Skip;
        var status = log.Keys.TryMake(Context, bound.Key, out var key, out var isUnknown);
        if (status != EvaluationStatus.Known || (isUnknown && skips))
        {
            return status;
        }

        hit.Key = key;
        if (bound.DistinctOf is { } distinct)
        {
            status = log.Keys.TryMake(Context, distinct, out var member, out isUnknown);
            hit.Member = member;
            if (status != EvaluationStatus.Known || (isUnknown && skips))
            {
                return status;
            }
        }

        if (bound.SumOf is { } sum)
        {
            status = sum.Node.Evaluate(Context, out var amount);
            hit.Amount = amount;
        }

        counts = status == EvaluationStatus.Known;
        return status;
    }

    private void Queue(HitLog log, ref Hit hit, bool shadowOnly)
    {
        var counter = hit.Counter;
        if (!shadowOnly)
        {
            foreach (var hold in counter.Holds)
            {
                run.Batch.Add(new StateOperation { Kind = StateOperationKind.HoldRead, Hold = hold.Definition, Key = hit.Key });
            }

            hit.Operation = run.Batch.Add(HitOperation(hit, counter.Bound.Definition));
        }

        if (counter.HasShadow)
        {
            hit.ShadowOperation = run.Batch.Add(HitOperation(hit, counter.Bound.ShadowDefinition));
        }

        log.Add(hit);
    }

    private static StateOperation HitOperation(in Hit hit, CounterDefinition definition) => new()
    {
        Kind = StateOperationKind.Hit,
        Counter = definition,
        Key = hit.Key,
        Amount = hit.Amount,
        Member = hit.Member,
    };

    private async ValueTask FlushAsync(HitLog log, int first)
    {
        if (run.Batch.Count == 0)
        {
            return;
        }

        if (await run.ExecuteAsync(run.Batch).ConfigureAwait(false))
        {
            Take(log, first);
        }
        else
        {
            for (var i = first; i < log.Count; i++)
            {
                _unread.Add(log[i].Counter);
            }

            log.Shorten(first);
        }

        run.Batch.Clear();
    }

    private void Take(HitLog log, int first)
    {
        for (var i = first; i < log.Count; i++)
        {
            ref var hit = ref log[i];
            var counter = hit.Counter;
            Hits.Counted(counter);
            if (!hit.IsUndone)
            {
                ref var operation = ref run.Batch[hit.Operation];
                hit.Stamp = operation.Stamp;
                hit.Value = operation.Value;
                _readings.Raise(counter.Index, shadow: false, hit.Value);
                Context.Trace?.Hit(counter.Bound.Definition.Name, hit.Key.ToString(), hit.Value, isShadow: false, hit.Recipient);
                for (var h = 0; h < counter.Holds.Length; h++)
                {
                    _readings.Hold(counter.Holds[h], run.Batch[hit.Operation - counter.Holds.Length + h].Until);
                }
            }

            if (counter.HasShadow)
            {
                ref var operation = ref run.Batch[hit.ShadowOperation];
                hit.ShadowStamp = operation.Stamp;
                hit.ShadowValue = operation.Value;
                _readings.Raise(counter.Index, shadow: true, hit.ShadowValue);
                Context.Trace?.Hit(counter.Bound.Definition.Name, hit.Key.ToString(), hit.ShadowValue, isShadow: true, hit.Recipient);
            }
        }
    }
}
