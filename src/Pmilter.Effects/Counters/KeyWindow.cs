using Pmilter.Effects.Counters.Snapshots;

namespace Pmilter.Effects.Counters;

/// <summary>
/// What one key of a counter remembers. Used under its shard's lock. A time older than the newest that the key has seen is taken
/// as that newest time, so a clock that steps back can neither bring events back nor lose them.
/// </summary>
internal abstract class KeyWindow
{
    /// <summary>Newest stamp given; undoing an event does not take it back.</summary>
    protected long NewestStamp { get; set; }

    /// <summary>Approximate size of the heap objects, for <c>max_memory</c>.</summary>
    public abstract int Bytes { get; }

    /// <summary>False when the count comes from slots or from a sample.</summary>
    public abstract bool IsExact { get; }

    /// <summary>Adds an event and returns the count with it. A stamp of 0 means that there is nothing to undo.</summary>
    public abstract double Hit(WindowShape shape, long now, double amount, ulong member, out long stamp);

    /// <summary>Takes one event back; without effect when it was taken back already or has left the window.</summary>
    public abstract void Undo(WindowShape shape, long now, long stamp, double amount);

    public abstract double Read(WindowShape shape, long now);

    /// <summary>When the count has come down to <paramref name="amount"/>; MaxValue when it never does by itself.</summary>
    public abstract long RetryAt(WindowShape shape, long now, double amount);

    /// <summary>When the oldest event that counts came; 0 when there is none.</summary>
    public abstract long FirstAt(WindowShape shape, long now);

    public abstract void Empty();

    /// <summary>Not for gauges: what is open ends with the process.</summary>
    public abstract void Save(SectionBuffer to);

    /// <summary>What <see cref="Save"/> wrote, into a window that is new, without what has left it.</summary>
    public abstract void Load(ref SectionReader from, WindowShape shape, long now);

    /// <summary>Whether nothing can be counted any more, from the newest event's time alone: no scan.</summary>
    public virtual bool IsOver(WindowShape shape, long now) => !shape.IsLive(Stamps.Micros(NewestStamp), now);

    /// <summary>From the newest to the oldest: each by its distance from the one before.</summary>
    internal static long Older(long newer, ulong distance) =>
        distance <= (ulong)newer ? newer - (long)distance : throw StateSnapshotException.Damaged("an event before all time");

    protected void LoadNewest(ref SectionReader from)
    {
        NewestStamp = from.Int64();
        if (NewestStamp < 0)
        {
            throw StateSnapshotException.Damaged("an event before all time");
        }
    }

    protected long Clamp(long now) => Math.Max(now, Stamps.Micros(NewestStamp));

    protected long TakeStamp(long now) => NewestStamp = Stamps.Next(NewestStamp, now);
}
