namespace Pmilter.Policies.Evaluation;

/// <summary>What was read of counters and holds when they were hit: fixed then, kept for the rules of this and later phases.</summary>
internal sealed class CounterState(CounterReadings readings)
{
    private DateTimeOffset[] _holds = [];

    /// <summary>The end of the rule's hold that was read with the hit; default for none.</summary>
    public DateTimeOffset HeldUntil(HoldNode hold) => hold.Index < _holds.Length ? _holds[hold.Index] : default;

    public void Hold(HoldNode hold, DateTimeOffset until)
    {
        if (hold.Index >= _holds.Length)
        {
            Array.Resize(ref _holds, hold.Index + 1);
        }

        if (until > _holds[hold.Index])
        {
            _holds[hold.Index] = until;
        }
    }

    /// <summary>Several keys of one event (recipients): the highest decides.</summary>
    public void Raise(int index, bool shadow, double value)
    {
        var known = readings[index, shadow];
        readings[index, shadow] = double.IsNaN(known) ? value : Math.Max(known, value);
    }

    /// <summary>From data on, a counter of rcpt stands at the highest of the recipients that were not refused.</summary>
    public void ReadRecipients(PolicySet set, HitLog message)
    {
        foreach (var counter in set.LiveCounters)
        {
            if (counter.IsOfRecipient)
            {
                Forget(counter);
            }
        }

        for (var i = 0; i < message.Count; i++)
        {
            ref var hit = ref message[i];
            if (!hit.Counter.IsOfRecipient || hit.Recipient is { IsRefusedByPolicy: true })
            {
                continue;
            }

            if (!hit.IsUndone)
            {
                Raise(hit.Counter.Index, shadow: false, hit.Value);
            }

            if (hit.Counter.HasShadow && !hit.IsShadowUndone)
            {
                Raise(hit.Counter.Index, shadow: true, hit.ShadowValue);
            }
        }
    }

    public void Forget(CounterNode counter)
    {
        if (!double.IsNaN(readings[counter.Index, false]))
        {
            readings[counter.Index, false] = double.NaN;
        }

        if (counter.HasShadow && !double.IsNaN(readings[counter.Index, true]))
        {
            readings[counter.Index, true] = double.NaN;
        }

        foreach (var hold in counter.Holds)
        {
            if (hold.Index < _holds.Length)
            {
                _holds[hold.Index] = default;
            }
        }
    }
}
