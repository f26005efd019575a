using System.Collections.Concurrent;

namespace Pmilter.Effects.Counters;

/// <summary>An entry that is over at a time.</summary>
internal interface IExpiring
{
    /// <summary>In the store's microseconds; MaxValue: never by itself.</summary>
    long Until { get; }
}

/// <summary>
/// Entries with an end, by key. Reading takes no lock; whoever writes holds the owner's lock. What is over is dropped when the table
/// has doubled since it was last looked through. Should more than the bound be alive at once, the tenth that ends soonest goes.
/// </summary>
/// <param name="maxEntries">A million, unless a test says less.</param>
internal sealed class ExpiringTable<T>(int maxEntries)
    where T : struct, IExpiring
{
    private const int FirstSweep = 1024;

    private readonly ConcurrentDictionary<string, T> _entries = new(StringComparer.Ordinal);
    private int _count;
    private int _sweepAt = Math.Min(FirstSweep, maxEntries);

    /// <summary>How long an entry is kept after its end, in microseconds.</summary>
    public long KeptAfterEnd { get; set; }

    /// <summary>Entries that had not ended and went because the table was full.</summary>
    public long Evictions { get; private set; }

    public int Count => Volatile.Read(ref _count);

    public bool TryRead(ReadOnlySpan<char> key, out T entry) => _entries.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out entry);

    public void Set(ReadOnlySpan<char> key, T entry, long now)
    {
        var lookup = _entries.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(key, out _))
        {
            lookup[key] = entry;
            return;
        }

        lookup[key] = entry;
        _count++;
        if (_count > _sweepAt)
        {
            Sweep(now);
        }
    }

    public bool Remove(ReadOnlySpan<char> key)
    {
        var isRemoved = _entries.GetAlternateLookup<ReadOnlySpan<char>>().TryRemove(key, out _);
        _count -= isRemoved ? 1 : 0;
        return isRemoved;
    }

    /// <summary>A moving picture: entries that come and go meanwhile may be in it or not.</summary>
    public IEnumerable<KeyValuePair<string, T>> Running(long now) => _entries.Where(entry => entry.Value.Until > now);

    /// <summary>With those that are only kept for what comes after their end.</summary>
    public IEnumerable<KeyValuePair<string, T>> Kept(long now) => _entries.Where(entry => !IsForgotten(entry.Value, now));

    public bool IsForgotten(T entry, long now) => entry.Until != long.MaxValue && now >= entry.Until + KeptAfterEnd;

    private void Sweep(long now)
    {
        RemoveWhere(entry => IsForgotten(entry, now));
        if (_count > maxEntries)
        {
            var ends = _entries.Values.Select(entry => entry.Until).Order().ToArray();
            var last = ends[Math.Max(ends.Length / 10, 1) - 1];
            var before = _count;
            RemoveWhere(entry => entry.Until <= last);
            Evictions += before - _count;
        }

        _sweepAt = Math.Min(Math.Max(_count * 2, FirstSweep), maxEntries);
    }

    private void RemoveWhere(Func<T, bool> isOver)
    {
        foreach (var (key, entry) in _entries)
        {
            if (isOver(entry) && _entries.TryRemove(key, out _))
            {
                _count--;
            }
        }
    }
}
