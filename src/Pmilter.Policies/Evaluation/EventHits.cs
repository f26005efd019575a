using Pmilter.Policies.Mail;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation;

/// <summary>
/// The hits that can still be judged and taken back: those of the running message, and of the connection's events the last of each
/// kind. A client that repeats HELO a million times leaves as much here as one that says it once.
/// </summary>
internal sealed class EventHits(EventRun run)
{
    private readonly HitLog _connection = new();
    private readonly HitLog _message = new();
    private readonly Dictionary<CounterNode, long> _lastEvents = [];
    private bool _isHeloRefused;
    private bool _wouldRefuseHelo;

    private EvaluationContext Context => run.Context;

    public HitLog Message => _message;

    public HitLog LogOf(CounterNode counter) => counter.IsOfConnection ? _connection : _message;

    /// <summary>From now on the counter's hits are this event's.</summary>
    public void Counted(CounterNode counter) => _lastEvents[counter] = run.Event;

    /// <summary>A new event of the connection: an earlier one of its kind has been answered, its hits are final. Gauges stay until the end.</summary>
    public void BeginConnectionEvent(Phase phase)
    {
        if (phase == Phase.Helo)
        {
            _isHeloRefused = false;
            _wouldRefuseHelo = false;
        }

        if (_connection.Count > 0)
        {
            _connection.Keep(hit => hit.Counter.IsGauge || hit.Counter.Bound.Phase != phase);
        }
    }

    /// <summary>A newer set runs: hits of the connection go over to the same counters there. A gauge that is gone still goes down at the end.</summary>
    public void Adopt(Dictionary<CounterNode, CounterNode> successors)
    {
        _message.Clear();
        _connection.Keep(hit => hit.Counter.IsGauge || successors.ContainsKey(hit.Counter));
        for (var i = 0; i < _connection.Count; i++)
        {
            ref var hit = ref _connection[i];
            if (successors.TryGetValue(hit.Counter, out var successor))
            {
                hit.IsShadowUndone |= !hit.Counter.HasShadow;
                hit.Counter = successor;
            }
        }

        var lastEvents = _lastEvents.ToArray();
        _lastEvents.Clear();
        foreach (var (counter, last) in lastEvents)
        {
            if (successors.TryGetValue(counter, out var successor))
            {
                _lastEvents[successor] = last;
            }
        }
    }

    /// <summary>The message was admitted, or refused and undone: nothing of it can be taken back any more.</summary>
    public void EndMessage() => _message.Clear();

    /// <summary>Queues reading the hold under every key that the counter counted.</summary>
    public int QueueHolds(HoldNode hold, CounterNode counter, StateBatch batch, bool shadow)
    {
        var first = batch.Count;
        var log = LogOf(counter);
        for (var i = 0; i < log.Count; i++)
        {
            if (IsOfThisEvent(log[i], counter, shadow))
            {
                batch.Add(new StateOperation { Kind = StateOperationKind.HoldRead, Hold = hold.Definition, Key = log[i].Key });
            }
        }

        return first;
    }

    /// <summary>Queues what follows when a limit has fired: the hold begins, and with <c>after: empty</c> the admitted events are forgotten.</summary>
    public void QueueHoldStarts(HoldNode hold, CounterNode counter, double max, StateBatch batch, bool shadow)
    {
        var log = LogOf(counter);
        for (var i = 0; i < log.Count; i++)
        {
            ref var hit = ref log[i];
            if (!IsOfThisEvent(hit, counter, shadow) || hit.ValueOf(shadow) <= max)
            {
                continue;
            }

            batch.Add(new StateOperation { Kind = StateOperationKind.HoldStart, Hold = hold.Definition, Key = hit.Key });
            if (hold.EmptiesAfter)
            {
                batch.Add(new StateOperation { Kind = StateOperationKind.Empty, Counter = DefinitionOf(counter, shadow), Key = hit.Key });
            }
        }
    }

    /// <summary>Queues asking when the count will have room for the event again.</summary>
    public void QueueRetry(CounterNode counter, double max, StateBatch batch, bool shadow)
    {
        var log = LogOf(counter);
        for (var i = 0; i < log.Count; i++)
        {
            ref var hit = ref log[i];
            if (IsCountOf(hit, counter))
            {
                batch.Add(new StateOperation
                {
                    Kind = StateOperationKind.RetryAt,
                    Counter = DefinitionOf(counter, shadow),
                    Key = hit.Key,
                    Amount = Math.Max(0, max - (counter.Bound.Kind is CountKind.Bytes or CountKind.Sum ? Math.Min(hit.Amount, max) : 1)),
                });
            }
        }
    }

    /// <summary>What a limit compared, for those who are told of the decision.</summary>
    public CounterReading ReadingOf(CounterNode counter, double value, double max)
    {
        var log = LogOf(counter);
        var key = string.Empty;
        for (var i = 0; i < log.Count; i++)
        {
            key = IsCountOf(log[i], counter) ? log[i].Key.ToString() : key;
        }

        return new CounterReading(counter.Bound.Definition.Name, key, value, max);
    }

    /// <summary>Queues taking back what the refused event added. A refusal in truth takes the shadow's back as well.</summary>
    public void QueueUndo(Phase phase, StateBatch batch, bool shadowOnly)
    {
        if (phase is Phase.Connect or Phase.Helo or Phase.Unknown)
        {
            QueueUndoOfConnection(phase, batch, shadowOnly);
            return;
        }

        var recipient = phase == Phase.Rcpt ? Context.Transaction.Recipient : null;
        for (var i = 0; i < _message.Count; i++)
        {
            ref var hit = ref _message[i];
            if (hit.Counter.UndoesRefused && (phase != Phase.Rcpt || ReferenceEquals(hit.Recipient, recipient)))
            {
                Undo(ref hit, batch, shadowOnly);
            }
        }
    }

    /// <summary>After a refused HELO the client may try another: whether the connection itself was refused is known when it closes.</summary>
    private void QueueUndoOfConnection(Phase phase, StateBatch batch, bool shadowOnly)
    {
        _isHeloRefused |= phase == Phase.Helo && !shadowOnly;
        _wouldRefuseHelo |= phase == Phase.Helo;
        for (var i = 0; i < _connection.Count; i++)
        {
            ref var hit = ref _connection[i];
            if (hit.Counter.UndoesRefused && hit.Event == run.Event)
            {
                Undo(ref hit, batch, shadowOnly);
            }
        }
    }

    /// <summary>Held events do not count, not even where refused ones do.</summary>
    public void QueueUndoOf(CounterNode counter, StateBatch batch, bool shadowOnly)
    {
        var log = LogOf(counter);
        for (var i = 0; i < log.Count; i++)
        {
            if (IsCountOf(log[i], counter))
            {
                Undo(ref log[i], batch, shadowOnly);
            }
        }
    }

    /// <summary>The connection is closed: gauges go down; one that never got a good HELO was refused as a whole.</summary>
    public void QueueClose(StateBatch batch)
    {
        for (var i = 0; i < _connection.Count; i++)
        {
            ref var hit = ref _connection[i];
            if (hit.Counter.IsGauge)
            {
                Undo(ref hit, batch, shadowOnly: false);
            }
            else if (_wouldRefuseHelo && hit.Counter.Bound.Phase == Phase.Connect && hit.Counter.UndoesRefused)
            {
                Undo(ref hit, batch, shadowOnly: !_isHeloRefused);
            }
        }
    }

    private void Undo(ref Hit hit, StateBatch batch, bool shadowOnly)
    {
        var counter = hit.Counter;
        if (!shadowOnly && !hit.IsUndone)
        {
            batch.Add(UndoOperation(hit, counter.Bound.Definition, hit.Stamp));
            hit.IsUndone = true;
        }

        if (counter.HasShadow && !hit.IsShadowUndone)
        {
            batch.Add(UndoOperation(hit, counter.Bound.ShadowDefinition, hit.ShadowStamp));
            hit.IsShadowUndone = true;
        }
    }

    private static StateOperation UndoOperation(in Hit hit, CounterDefinition definition, long stamp) => new()
    {
        Kind = StateOperationKind.Undo,
        Counter = definition,
        Key = hit.Key,
        Amount = hit.Amount,
        Member = hit.Member,
        Stamp = stamp,
    };

    /// <summary>A message is counted once: at rcpt with the first recipient whose hit has not been taken back.</summary>
    public bool IsCounted(CounterNode counter)
    {
        if (!counter.IsOncePerMessage || counter.Bound.Phase != Phase.Rcpt)
        {
            return false;
        }

        for (var i = 0; i < _message.Count; i++)
        {
            if (ReferenceEquals(_message[i].Counter, counter) && !_message[i].IsUndone)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The hits that a limit of the running event judges.</summary>
    private bool IsOfThisEvent(in Hit hit, CounterNode counter, bool shadow) => IsCountOf(hit, counter) && !hit.IsUndoneIn(shadow);

    private bool IsCountOf(in Hit hit, CounterNode counter)
    {
        if (!ReferenceEquals(hit.Counter, counter))
        {
            return false;
        }

        var at = Context.Transaction.Phase;
        if (at == counter.Bound.Phase)
        {
            return counter.IsOncePerMessage || hit.Event == run.Event || counter.Bound.Kind == CountKind.Explicit;
        }

        return counter.IsOfRecipient || hit.Event == _lastEvents.GetValueOrDefault(counter);
    }

    private static CounterDefinition DefinitionOf(CounterNode counter, bool shadow) =>
        shadow ? counter.Bound.ShadowDefinition : counter.Bound.Definition;
}
