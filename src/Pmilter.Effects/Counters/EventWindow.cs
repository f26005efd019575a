using Pmilter.Effects.Counters.Snapshots;

namespace Pmilter.Effects.Counters;

/// <summary>
/// Counts and sums: each event by itself up to 512; when one more is alive, 60 slots, until the key has been empty again. An amount
/// that is not above zero adds nothing.
/// </summary>
internal sealed class EventWindow : KeyWindow
{
    /// <summary>Header, newest stamp, the ring's eight stamps, reference and indices.</summary>
    private const int OwnBytes = 104;

    private const int MaxEvents = 32_768;
    private const int AmountsFlag = 1;
    private const int SlotsFlag = 2;

    private EventRing _ring;

    public override int Bytes => OwnBytes + _ring.Bytes;

    public override bool IsExact => _ring.Slots is null;

    public override double Hit(WindowShape shape, long now, double amount, ulong member, out long stamp)
    {
        now = Clamp(now);
        stamp = 0;
        Expire(shape, now);
        if (!(amount > 0))
        {
            return Total(shape, now);
        }

        stamp = TakeStamp(now);
        if (_ring.Slots is null && _ring.Count >= shape.ExactEvents)
        {
            MoveToSlots(shape, stamp);
        }

        if (_ring.Slots is { } slots)
        {
            slots.Add(shape, stamp, amount);
            return slots.Total(shape, now);
        }

        _ring.Append(stamp, amount);
        return Total(shape, now);
    }

    public override void Undo(WindowShape shape, long now, long stamp, double amount)
    {
        if (_ring.Slots is not { } slots)
        {
            _ring.Take(stamp);
            return;
        }

        if (stamp >= slots.FirstStamp || _ring.Take(stamp))
        {
            slots.Undo(shape, stamp, amount);
        }
    }

    public override double Read(WindowShape shape, long now)
    {
        now = Clamp(now);
        Expire(shape, now);
        return Total(shape, now);
    }

    public override long RetryAt(WindowShape shape, long now, double amount)
    {
        now = Clamp(now);
        Expire(shape, now);
        if (Total(shape, now) <= amount)
        {
            return now;
        }

        if (!(amount >= 0))
        {
            return long.MaxValue;
        }

        return _ring.Slots is { } slots ? slots.RetryAt(shape, now, amount) : RetryFromRing(shape, amount);
    }

    public override long FirstAt(WindowShape shape, long now)
    {
        now = Clamp(now);
        Expire(shape, now);
        return _ring.Slots is { } slots ? slots.FirstAt(shape, now) : _ring.Count == 0 ? 0 : Stamps.Micros(_ring.OldestStamp);
    }

    public override void Empty()
    {
        _ring.Slots = null;
        _ring.Clear();
    }

    public override void Save(SectionBuffer to)
    {
        to.Int64(NewestStamp);
        to.Byte((byte)((_ring.HasAmounts ? AmountsFlag : 0) | (IsExact ? 0 : SlotsFlag)));
        _ring.Save(to, NewestStamp);
        _ring.Slots?.Save(to);
    }

    public override void Load(ref SectionReader from, WindowShape shape, long now)
    {
        LoadNewest(ref from);
        var flags = from.Byte();
        if (flags > (AmountsFlag | SlotsFlag))
        {
            throw StateSnapshotException.Damaged("a window of no known kind");
        }

        _ring.Load(ref from, NewestStamp, (flags & AmountsFlag) != 0, MaxEvents);
        if ((flags & SlotsFlag) != 0)
        {
            _ring.Slots = SlotRing.Load(ref from);
        }

        Expire(shape, Clamp(now));
        if (_ring.Count == 0 && IsExact)
        {
            _ring.Release();
        }
    }

    private long RetryFromRing(WindowShape shape, double amount)
    {
        // Adds from the newest back: the first event that does not fit must leave, and with it all older ones.
        var total = 0d;
        for (var i = _ring.Count - 1; i >= 0; i--)
        {
            total += _ring.AmountAt(i);
            if (total > amount)
            {
                return Stamps.Micros(_ring.StampAt(i)) + shape.WindowMicros;
            }
        }

        return Stamps.Micros(_ring.OldestStamp) + shape.WindowMicros;
    }

    private double Total(WindowShape shape, long now)
    {
        if (_ring.Slots is { } slots)
        {
            return slots.Total(shape, now);
        }

        if (!_ring.HasAmounts)
        {
            return _ring.Count;
        }

        // Summed anew each time: a running sum of fractions would drift away from what is in the ring.
        var total = 0d;
        for (var i = _ring.Count - 1; i >= 0; i--)
        {
            total += _ring.AmountAt(i);
        }

        return total;
    }

    private void Expire(WindowShape shape, long now)
    {
        if (_ring.Slots is { } slots)
        {
            if (!slots.HasLive(shape, now))
            {
                Empty();
            }

            return;
        }

        while (_ring.Count > 0 && !shape.IsLive(Stamps.Micros(_ring.OldestStamp), now))
        {
            _ring.DropOldest();
        }
    }

    private void MoveToSlots(WindowShape shape, long stamp)
    {
        // The ring stays as it is: it tells which of its events were undone already.
        var slots = new SlotRing(stamp);
        for (var i = 0; i < _ring.Count; i++)
        {
            slots.Add(shape, _ring.StampAt(i), _ring.AmountAt(i));
        }

        _ring.Slots = slots;
    }
}
