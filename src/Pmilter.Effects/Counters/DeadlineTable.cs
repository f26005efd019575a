namespace Pmilter.Effects.Counters;

/// <summary>The holds of a rule, the bans of a ban or what a memory remembers, by key. Reading takes no lock.</summary>
internal sealed class DeadlineTable(int maxEntries)
{
    private readonly Lock _gate = new();

    public ExpiringTable<Deadline> Entries { get; } = new(maxEntries);

    public bool TryRead(ReadOnlySpan<char> key, out Deadline deadline) => Entries.TryRead(key, out deadline);

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

            var isRepeat = isKnown && now < deadline.Until + Entries.KeptAfterEnd;
            var repeats = isRepeat ? deadline.Repeats + 1 : 0;
            deadline = new Deadline(end(state, now, repeats), repeats);
            Entries.Set(key, deadline, now);
            return true;
        }
    }

    /// <summary>Ends then, or later if it would have ended later; for what another store knows, too.</summary>
    public Deadline Extend(ReadOnlySpan<char> key, long now, Deadline deadline)
    {
        lock (_gate)
        {
            if (TryRead(key, out var known) && known.Until >= deadline.Until)
            {
                return known;
            }

            Entries.Set(key, deadline, now);
            return deadline;
        }
    }

    public bool Remove(ReadOnlySpan<char> key)
    {
        lock (_gate)
        {
            return Entries.Remove(key);
        }
    }
}
