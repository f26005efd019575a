using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using Pmilter.Effects.Counters.Snapshots;

namespace Pmilter.Effects.Counters;

/// <summary>
/// Events one by one, oldest first: eight within the struct, then a ring on the heap that grows 16, 32, … with what few keys need
/// besides: amounts other than 1, slots. Lives in one window; never copied.
/// </summary>
internal struct EventRing
{
    private const int InlineEvents = 8;

    private InlineStamps _first;
    private Overflow? _more;
    private ushort _head;
    private ushort _count;

    public readonly int Count => _count;

    /// <summary>Some event counted something else than 1.</summary>
    public readonly bool HasAmounts => _more?.Amounts is not null;

    /// <summary>What the window counts by when more events are alive than are kept one by one.</summary>
    public SlotRing? Slots
    {
        readonly get => _more?.Slots;
        set
        {
            if (value is not null || _more is not null)
            {
                (_more ??= new Overflow()).Slots = value;
            }
        }
    }

    /// <summary>On the heap, beside the window itself.</summary>
    public readonly int Bytes => _more?.Bytes ?? 0;

    public long OldestStamp => Stamps[_head];

    private Span<long> Stamps
    {
        [UnscopedRef]
        get => _more?.Stamps is { } ring ? ring : _first;
    }

    public long StampAt(int index) => Stamps[At(index)];

    public double AmountAt(int index) => _more?.Amounts is { } amounts ? amounts[At(index)] : 1;

    public void Clear()
    {
        _head = 0;
        _count = 0;
    }

    /// <summary>Back to the eight.</summary>
    public void Release()
    {
        Clear();
        _more = null;
    }

    public void DropOldest()
    {
        _head = (ushort)At(1);
        _count--;
    }

    public void Append(long stamp, double amount)
    {
        if (_count == Stamps.Length)
        {
            Grow();
        }

        if (amount != 1 && _more?.Amounts is null)
        {
            _more ??= new Overflow();
            _more.Amounts = new double[Stamps.Length];
            Array.Fill(_more.Amounts, 1);
        }

        Set(_count++, stamp, amount);
    }

    /// <summary>Removes the event; false when it is not there.</summary>
    public bool Take(long stamp)
    {
        var index = Find(stamp);
        if (index < 0)
        {
            return false;
        }

        for (var i = index; i + 1 < _count; i++)
        {
            Set(i, StampAt(i + 1), AmountAt(i + 1));
        }

        _count--;
        return true;
    }

    /// <summary>From the newest to the oldest, each by its distance from the one before.</summary>
    public void Save(SectionBuffer to, long newest)
    {
        to.Number(_count);
        for (var i = _count - 1; i >= 0; i--)
        {
            to.Number((ulong)(newest - StampAt(i)));
            newest = StampAt(i);
            if (HasAmounts)
            {
                to.Double(AmountAt(i));
            }
        }
    }

    public void Load(ref SectionReader from, long newest, bool hasAmounts, int maxEvents)
    {
        var count = from.Count(bytesEach: hasAmounts ? 9 : 1);
        if (count > maxEvents)
        {
            throw StateSnapshotException.Damaged("more events than a key can have");
        }

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
        for (var i = count - 1; i >= 0; i--)
        {
            newest = KeyWindow.Older(newest, from.Number());
            Set(i, newest, hasAmounts ? from.Double() : 1);
        }
    }

    private int At(int index) => (_head + index) & (Stamps.Length - 1);

    private void Set(int index, long stamp, double amount)
    {
        var at = At(index);
        Stamps[at] = stamp;
        if (_more?.Amounts is { } amounts)
        {
            amounts[at] = amount;
        }
    }

    private void Grow()
    {
        var stamps = new long[Stamps.Length * 2];
        var amounts = HasAmounts ? new double[stamps.Length] : null;
        for (var i = 0; i < _count; i++)
        {
            stamps[i] = StampAt(i);
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

    private int Find(long stamp)
    {
        int low = 0, high = _count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var found = StampAt(middle);
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

    private sealed class Overflow
    {
        /// <summary>Null while the eight in the struct do.</summary>
        public long[]? Stamps { get; set; }

        /// <summary>As long as the ring in use.</summary>
        public double[]? Amounts { get; set; }

        public SlotRing? Slots { get; set; }

        public int Bytes => 40 + ArrayBytes(Stamps) + ArrayBytes(Amounts) + (Slots?.Bytes ?? 0);

        private static int ArrayBytes(Array? array) => array is null ? 0 : 24 + (8 * array.Length);
    }
}
