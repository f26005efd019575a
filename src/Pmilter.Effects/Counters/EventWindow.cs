using System.Numerics;
using System.Runtime.CompilerServices;
using Pmilter.Effects.Counters.Snapshots;

namespace Pmilter.Effects.Counters;

/// <summary>
/// Counts and sums: each event by itself, eight in the object, then in a ring that grows 16, 32, … 512; when one more is alive, 60
/// slots, until the key has been empty again. An amount that is not above zero adds nothing.
/// </summary>
internal sealed class EventWindow : KeyWindow
{
    private const int InlineEvents = 8;

    /// <summary>Header, newest stamp, the eight, the reference, two indices.</summary>
    private const int OwnBytes = 104;

    private const int MaxEvents = 32_768;
    private const int AmountsFlag = 1;
    private const int SlotsFlag = 2;

    private InlineStamps _first;
    private Overflow? _more;
    private ushort _head;
    private ushort _count;

    public override int Bytes => OwnBytes + (_more?.Bytes ?? 0);

    public override bool IsExact => _more?.Slots is null;

    private Span<long> Ring => _more?.Stamps is { } ring ? ring : _first;

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
        if (_more?.Slots is null && _count >= shape.ExactEvents)
        {
            MoveToSlots(shape, stamp);
        }

        if (_more?.Slots is { } slots)
        {
            slots.Add(shape, stamp, amount);
            return slots.Total(shape, now);
        }

        Append(stamp, amount);
        return Total(shape, now);
    }

    public override void Undo(WindowShape shape, long now, long stamp, double amount)
    {
        if (_more?.Slots is not { } slots)
        {
            Take(stamp);
            return;
        }

        if (stamp >= slots.FirstStamp || Take(stamp))
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

        return _more?.Slots is { } slots ? slots.RetryAt(shape, now, amount) : RetryFromRing(shape, amount);
    }

    public override void Empty()
    {
        if (_more is not null)
        {
            _more.Slots = null;
        }

        _head = 0;
        _count = 0;
    }

    public override void Save(SectionBuffer to)
    {
        to.Int64(NewestStamp);
        to.Byte((byte)((_more?.Amounts is null ? 0 : AmountsFlag) | (_more?.Slots is null ? 0 : SlotsFlag)));
        to.Number(_count);
        var newer = NewestStamp;
        for (var i = _count - 1; i >= 0; i--)
        {
            to.Number((ulong)(newer - Ring[At(i)]));
            newer = Ring[At(i)];
            if (_more?.Amounts is not null)
            {
                to.Double(AmountAt(i));
            }
        }

        _more?.Slots?.Save(to);
    }

    public override void Load(ref SectionReader from, WindowShape shape, long now)
    {
        LoadNewest(ref from);
        var flags = from.Byte();
        var count = from.Count((flags & AmountsFlag) == 0 ? 1 : 9);
        if (count > MaxEvents || flags > (AmountsFlag | SlotsFlag))
        {
            throw StateSnapshotException.Damaged("a window of no known kind");
        }

        LoadRing(ref from, count, (flags & AmountsFlag) != 0);
        if ((flags & SlotsFlag) != 0)
        {
            _more ??= new Overflow();
            _more.Slots = SlotRing.Load(ref from);
        }

        Expire(shape, Clamp(now));
        if (_count == 0 && _more?.Slots is null)
        {
            _more = null;
            _head = 0;
        }
    }

    private void LoadRing(ref SectionReader from, int count, bool hasAmounts)
    {
        var capacity = Math.Max(InlineEvents, (int)BitOperations.RoundUpToPowerOf2((uint)count));
        if (capacity > InlineEvents || hasAmounts)
        {
            _more = new Overflow
            {
                Stamps = capacity > InlineEvents ? new long[capacity] : null,
                Amounts = hasAmounts ? new double[capacity] : null,
            };
        }

        _count = (ushort)count;
        var newer = NewestStamp;
        for (var i = count - 1; i >= 0; i--)
        {
            newer = Older(newer, from.Number());
            Ring[i] = newer;
            if (_more?.Amounts is { } amounts)
            {
                amounts[i] = from.Double();
            }
        }
    }

    private int At(int index) => (_head + index) & (Ring.Length - 1);

    private long RetryFromRing(WindowShape shape, double amount)
    {
        // Adds from the newest back: the first event that does not fit must leave, and with it all older ones.
        var total = 0d;
        for (var i = _count - 1; i >= 0; i--)
        {
            total += AmountAt(i);
            if (total > amount)
            {
                return Stamps.Micros(Ring[At(i)]) + shape.WindowMicros;
            }
        }

        return Stamps.Micros(Ring[At(0)]) + shape.WindowMicros;
    }

    private double AmountAt(int index) => _more?.Amounts is { } amounts ? amounts[At(index)] : 1;

    private double Total(WindowShape shape, long now)
    {
        if (_more?.Slots is { } slots)
        {
            return slots.Total(shape, now);
        }

        if (_more?.Amounts is not { } amounts)
        {
            return _count;
        }

        // Summed anew each time: a running sum of fractions would drift away from what is in the ring.
        var total = 0d;
        for (var i = _count - 1; i >= 0; i--)
        {
            total += amounts[At(i)];
        }

        return total;
    }

    private void Expire(WindowShape shape, long now)
    {
        if (_more?.Slots is { } slots)
        {
            if (!slots.HasLive(shape, now))
            {
                Empty();
            }

            return;
        }

        var ring = Ring;
        while (_count > 0 && !shape.IsLive(Stamps.Micros(ring[_head]), now))
        {
            _head = (ushort)At(1);
            _count--;
        }
    }

    private void Append(long stamp, double amount)
    {
        if (_count == Ring.Length)
        {
            Grow();
        }

        if (amount != 1 && _more?.Amounts is null)
        {
            _more ??= new Overflow();
            _more.Amounts = new double[Ring.Length];
            Array.Fill(_more.Amounts, 1);
        }

        var index = At(_count);
        Ring[index] = stamp;
        if (_more?.Amounts is { } amounts)
        {
            amounts[index] = amount;
        }

        _count++;
    }

    private void Grow()
    {
        var stamps = new long[Ring.Length * 2];
        var amounts = _more?.Amounts is null ? null : new double[stamps.Length];
        for (var i = 0; i < _count; i++)
        {
            stamps[i] = Ring[At(i)];
            if (amounts is not null)
            {
                amounts[i] = AmountAt(i);
            }
        }

        _more ??= new Overflow();
        _more.Stamps = stamps;
        _more.Amounts = amounts;
        _head = 0;
    }

    private void MoveToSlots(WindowShape shape, long stamp)
    {
        // The ring stays as it is: it tells which of its events were undone already.
        _more ??= new Overflow();
        _more.Slots = new SlotRing(stamp);
        for (var i = 0; i < _count; i++)
        {
            _more.Slots.Add(shape, Ring[At(i)], AmountAt(i));
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
        Ring[At(to)] = Ring[At(from)];
        if (_more?.Amounts is { } amounts)
        {
            amounts[At(to)] = amounts[At(from)];
        }
    }

    private int Find(long stamp)
    {
        int low = 0, high = _count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var found = Ring[At(middle)];
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

    [InlineArray(InlineEvents)]
    private struct InlineStamps
    {
        private long _element;
    }

    /// <summary>What few keys need: more than eight events, amounts other than 1, slots.</summary>
    private sealed class Overflow
    {
        /// <summary>Null while the eight in the window do.</summary>
        public long[]? Stamps { get; set; }

        /// <summary>As long as the ring in use; only from the first event that counts something else than 1.</summary>
        public double[]? Amounts { get; set; }

        public SlotRing? Slots { get; set; }

        public int Bytes => 40 + ArrayBytes(Stamps) + ArrayBytes(Amounts) + (Slots?.Bytes ?? 0);

        private static int ArrayBytes(Array? array) => array is null ? 0 : 24 + (8 * array.Length);
    }
}
