namespace Pmilter.Effects.Counters;

/// <summary>
/// Counts and sums: each event by itself in a ring that grows 4, 8, … 512; when one more is alive, 60 slots, until the key has
/// been empty again. An amount that is not above zero adds nothing.
/// </summary>
internal sealed class EventWindow : KeyWindow
{
    private const int FirstCapacity = 4;

    private long[] _stamps = new long[FirstCapacity];

    /// <summary>Only from the first event that counts something else than 1.</summary>
    private double[]? _amounts;

    private SlotRing? _slots;
    private ushort _head;
    private ushort _count;

    public override int Bytes => 64 + ArrayBytes(_stamps.Length) + (_amounts is null ? 0 : ArrayBytes(_amounts.Length)) + (_slots?.Bytes ?? 0);

    public override bool IsExact => _slots is null;

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
        if (_slots is null && _count >= shape.ExactEvents)
        {
            MoveToSlots(shape, stamp);
        }

        if (_slots is not null)
        {
            _slots.Add(shape, stamp, amount);
            return _slots.Total(shape, now);
        }

        Append(stamp, amount);
        return Total(shape, now);
    }

    public override void Undo(WindowShape shape, long now, long stamp, double amount)
    {
        if (_slots is not null)
        {
            if (stamp >= _slots.FirstStamp || Take(stamp))
            {
                _slots.Undo(shape, stamp, amount);
            }

            return;
        }

        Take(stamp);
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

        return _slots is null ? RetryFromRing(shape, amount) : _slots.RetryAt(shape, now, amount);
    }

    public override void Empty()
    {
        _slots = null;
        _head = 0;
        _count = 0;
    }

    private static int ArrayBytes(int length) => 24 + (8 * length);

    private int At(int index) => (_head + index) & (_stamps.Length - 1);

    private long RetryFromRing(WindowShape shape, double amount)
    {
        // Adds from the newest back: the first event that does not fit must leave, and with it all older ones.
        var total = 0d;
        for (var i = _count - 1; i >= 0; i--)
        {
            total += _amounts?[At(i)] ?? 1;
            if (total > amount)
            {
                return Stamps.Micros(_stamps[At(i)]) + shape.WindowMicros;
            }
        }

        return Stamps.Micros(_stamps[At(0)]) + shape.WindowMicros;
    }

    private double Total(WindowShape shape, long now)
    {
        if (_slots is not null)
        {
            return _slots.Total(shape, now);
        }

        if (_amounts is null)
        {
            return _count;
        }

        // Summed anew each time: a running sum of fractions would drift away from what is in the ring.
        var total = 0d;
        for (var i = _count - 1; i >= 0; i--)
        {
            total += _amounts[At(i)];
        }

        return total;
    }

    private void Expire(WindowShape shape, long now)
    {
        if (_slots is not null)
        {
            if (!_slots.HasLive(shape, now))
            {
                Empty();
            }

            return;
        }

        while (_count > 0 && !shape.IsLive(Stamps.Micros(_stamps[_head]), now))
        {
            _head = (ushort)At(1);
            _count--;
        }
    }

    private void Append(long stamp, double amount)
    {
        if (_count == _stamps.Length)
        {
            Grow();
        }

        if (_amounts is null && amount != 1)
        {
            _amounts = new double[_stamps.Length];
            Array.Fill(_amounts, 1);
        }

        var index = At(_count);
        _stamps[index] = stamp;
        if (_amounts is not null)
        {
            _amounts[index] = amount;
        }

        _count++;
    }

    private void Grow()
    {
        var stamps = new long[_stamps.Length * 2];
        var amounts = _amounts is null ? null : new double[stamps.Length];
        for (var i = 0; i < _count; i++)
        {
            stamps[i] = _stamps[At(i)];
            if (amounts is not null)
            {
                amounts[i] = _amounts?[At(i)] ?? 1;
            }
        }

        _stamps = stamps;
        _amounts = amounts;
        _head = 0;
    }

    private void MoveToSlots(WindowShape shape, long stamp)
    {
        // The ring stays as it is: it tells which of its events were undone already.
        _slots = new SlotRing(stamp);
        for (var i = 0; i < _count; i++)
        {
            _slots.Add(shape, _stamps[At(i)], _amounts?[At(i)] ?? 1);
        }
    }

    /// <summary>Removes the event from the ring; false when it is not there.</summary>
    private bool Take(long stamp)
    {
        var index = Find(stamp);
        if (index < 0)
        {
            return false;
        }

        for (var i = index; i + 1 < _count; i++)
        {
            Move(i + 1, i);
        }

        _count--;
        return true;
    }

    private void Move(int from, int to)
    {
        _stamps[At(to)] = _stamps[At(from)];
        if (_amounts is not null)
        {
            _amounts[At(to)] = _amounts[At(from)];
        }
    }

    private int Find(long stamp)
    {
        int low = 0, high = _count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var found = _stamps[At(middle)];
            if (found == stamp)
            {
                return middle;
            }

            if (found < stamp)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return -1;
    }
}
