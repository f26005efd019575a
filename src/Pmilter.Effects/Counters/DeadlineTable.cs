using System.Collections.Concurrent;

namespace Pmilter.Effects.Counters;

/// <summary>
/// The holds of a rule or the bans of a ban, by key. Reading takes no lock. What is over is dropped when the table has doubled
/// since it was last looked through. Should more than its bound run at once, the tenth that ends soonest goes.
/// </summary>
/// <param name="remembered">How long an entry is kept after its end (a ban's repeats).</param>
/// <param name="maxEntries">A million, unless a test says less.</param>
internal sealed class DeadlineTable(long remembered, int maxEntries)
{
    private const int FirstSweep = 1024;

    private readonly ConcurrentDictionary<string, Deadline> _entries = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private int _count;
    private int _sweepAt = Math.Min(FirstSweep, maxEntries);

    /// <summary>Changes with the newest definition.</summary>
    public long Remembered { get; set; } = remembered;

    public long Evictions { get; private set; }

    public bool TryRead(ReadOnlySpan<char> key, out Deadline deadline) =>
        _entries.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out deadline);

    /// <summary>Starts one unless one is running; says whether it did.</summary>
    public bool Start<TState>(ReadOnlySpan<char> key, long now, TState state, Func<TState, long, int, long> end, out Deadline deadline)
    {
        lock (_gate)
        {
            var isKnown = TryRead(key, out deadline);
            if (isKnown && deadline.IsRunning(now))
            {
                return false;
            }

            var isRepeat = isKnown && !IsForgotten(deadline, now);
            var repeats = isRepeat ? deadline.Repeats + 1 : 0;
            deadline = new Deadline(end(state, now, repeats), repeats);
            _entries[key.ToString()] = deadline;
            _count += isKnown ? 0 : 1;
            if (_count > _sweepAt)
            {
                Sweep(now);
            }

            return true;
        }
    }

    public bool Remove(ReadOnlySpan<char> key)
    {
        lock (_gate)
        {
            var isRemoved = _entries.GetAlternateLookup<ReadOnlySpan<char>>().TryRemove(key, out _);
            _count -= isRemoved ? 1 : 0;
            return isRemoved;
        }
    }

    public IEnumerable<KeyValuePair<string, Deadline>> Running(long now) => _entries.Where(entry => entry.Value.IsRunning(now));

    private bool IsForgotten(Deadline deadline, long now) => deadline.Until != long.MaxValue && now >= deadline.Until + Remembered;

    private void Sweep(long now)
    {
        RemoveWhere(deadline => IsForgotten(deadline, now));
        if (_count > maxEntries)
        {
            var ends = _entries.Values.Select(deadline => deadline.Until).Order().ToArray();
            var last = ends[Math.Max(ends.Length / 10, 1) - 1];
            var before = _count;
            RemoveWhere(deadline => deadline.Until <= last);
            Evictions += before - _count;
        }

        _sweepAt = Math.Min(Math.Max(_count * 2, FirstSweep), maxEntries);
    }

    private void RemoveWhere(Func<Deadline, bool> isOver)
    {
        foreach (var (key, deadline) in _entries)
        {
            if (isOver(deadline) && _entries.TryRemove(key, out _))
            {
                _count--;
            }
        }
    }
}
