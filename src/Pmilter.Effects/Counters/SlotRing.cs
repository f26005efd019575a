using Pmilter.Effects.Counters.Snapshots;

namespace Pmilter.Effects.Counters;

/// <summary>
/// The window as 60 slots: a slot counts whole until its newest event has left. So the count is never too low, and an event counts
/// at most one slot (1/60 of the window) too long.
/// </summary>
/// <param name="firstStamp">The first event that never was in the ring.</param>
internal sealed class SlotRing(long firstStamp)
{
    /// <summary>Undone stamps that are remembered, so that a second undo of one of them takes nothing.</summary>
    private const int RememberedUndos = 64;

    private readonly Slot[] _slots = new Slot[WindowShape.SlotCount];
    private long[]? _undone;
    private int _nextUndone;

    public long FirstStamp => firstStamp;

    public int Bytes => 48 + 24 + (24 * WindowShape.SlotCount) + (_undone is null ? 0 : 24 + (8 * RememberedUndos));

    public void Add(WindowShape shape, long stamp, double amount)
    {
        ref var slot = ref SlotOf(shape, stamp);
        if (slot.Events == 0 || Number(shape, slot.NewestMicros) != Number(shape, Stamps.Micros(stamp)))
        {
            slot = default;
        }

        slot.NewestMicros = Stamps.Micros(stamp);
        slot.Amount += amount;
        slot.Events++;
    }

    public void Undo(WindowShape shape, long stamp, double amount)
    {
        ref var slot = ref SlotOf(shape, stamp);
        var isHere = slot.Events > 0
            && Number(shape, slot.NewestMicros) == Number(shape, Stamps.Micros(stamp)) && amount > 0;
        if (!isHere || Array.IndexOf(_undone ?? [], stamp) >= 0)
        {
            return;
        }

        slot.Events--;
        slot.Amount = slot.Events == 0 ? 0 : Math.Max(slot.Amount - amount, 0);
        _undone ??= new long[RememberedUndos];
        _undone[_nextUndone] = stamp;
        _nextUndone = (_nextUndone + 1) % RememberedUndos;
    }

    public bool HasLive(WindowShape shape, long now)
    {
        foreach (ref readonly var slot in _slots.AsSpan())
        {
            if (slot.Events > 0 && shape.IsLive(slot.NewestMicros, now))
            {
                return true;
            }
        }

        return false;
    }

    public long FirstAt(WindowShape shape, long now)
    {
        var first = 0L;
        foreach (ref readonly var slot in _slots.AsSpan())
        {
            if (slot.Events > 0 && shape.IsLive(slot.NewestMicros, now) && (first == 0 || slot.NewestMicros < first))
            {
                first = slot.NewestMicros;
            }
        }

        return first;
    }

    public double Total(WindowShape shape, long now)
    {
        var total = 0d;
        foreach (ref readonly var slot in _slots.AsSpan())
        {
            if (slot.Events > 0 && shape.IsLive(slot.NewestMicros, now))
            {
                total += slot.Amount;
            }
        }

        return total;
    }

    public long RetryAt(WindowShape shape, long now, double amount)
    {
        // From the slot of now back to the oldest, as the ring does with its events.
        var newest = Number(shape, now);
        var total = 0d;
        for (var number = newest; number > newest - WindowShape.SlotCount && number >= 0; number--)
        {
            ref readonly var slot = ref _slots[number % WindowShape.SlotCount];
            if (slot.Events == 0 || Number(shape, slot.NewestMicros) != number || !shape.IsLive(slot.NewestMicros, now))
            {
                continue;
            }

            total += slot.Amount;
            if (total > amount)
            {
                return slot.NewestMicros + shape.WindowMicros;
            }
        }

        return now;
    }

    public void Save(SectionBuffer to)
    {
        to.Int64(FirstStamp);
        foreach (ref readonly var slot in _slots.AsSpan())
        {
            to.Number((ulong)slot.Events);
            if (slot.Events > 0)
            {
                to.Int64(slot.NewestMicros);
                to.Double(slot.Amount);
            }
        }

        to.Number((ulong)(_undone?.Length ?? 0));
        to.Number((ulong)_nextUndone);
        foreach (var stamp in _undone ?? [])
        {
            to.Int64(stamp);
        }
    }

    public static SlotRing Load(ref SectionReader from)
    {
        var ring = new SlotRing(from.Int64());
        foreach (ref var slot in ring._slots.AsSpan())
        {
            slot.Events = from.Int32();
            if (slot.Events > 0)
            {
                slot.NewestMicros = from.Int64();
                slot.Amount = from.Double();
            }
        }

        var undone = from.Int32();
        ring._nextUndone = from.Int32();
        if (undone is not (0 or RememberedUndos) || ring._nextUndone >= RememberedUndos)
        {
            throw StateSnapshotException.Damaged("slots of no known kind");
        }

        if (undone > 0)
        {
            ring._undone = new long[RememberedUndos];
            foreach (ref var stamp in ring._undone.AsSpan())
            {
                stamp = from.Int64();
            }
        }

        return ring;
    }

    private static long Number(WindowShape shape, long micros) => micros / shape.SlotMicros;

    private ref Slot SlotOf(WindowShape shape, long stamp) =>
        ref _slots[(int)(Number(shape, Stamps.Micros(stamp)) % WindowShape.SlotCount)];

    private struct Slot
    {
        public long NewestMicros;
        public double Amount;
        public int Events;
    }
}
