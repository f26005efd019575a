namespace Pmilter.Effects.Counters;

/// <summary>
/// Turns the time that callers give into microseconds that never jump back. A clock that was set back by more than a second would
/// otherwise freeze every window, hold and ban for as long as it was wrong: here they go on from where they were. Smaller steps
/// back (two threads that took the time in another order) are left to the keys, which clamp to the newest time that they saw.
/// A time that is older still may be that of a thread which was held up: it is taken as the newest, and only when such times have
/// moved on by a second, with no current one between them, was the clock set back. Were every late thread believed, the store's
/// time would run away from the clock's. A clock set forward cannot be told from time that passed.
/// </summary>
internal sealed class WindowClock
{
    /// <summary>2020: leaves 12 bits below the microsecond for 71 years.</summary>
    private static readonly long EpochTicks = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;

    private const long ToleranceMicros = 1_000_000;
    private const long GranularityMicros = 10_000;

    private readonly Lock _gate = new();
    private long _newest = long.MinValue;
    private long _offset;

    /// <summary>The first of the old times that came since the last current one, as callers count; MaxValue when none did.</summary>
    private long _doubtSince = long.MaxValue;

    /// <summary>The store's time; a shared write only every 10 ms.</summary>
    public long Read(DateTimeOffset now)
    {
        var raw = ToMicros(now);
        var time = raw + Volatile.Read(ref _offset);
        var newest = Volatile.Read(ref _newest);
        if (time <= newest + GranularityMicros && time >= newest - ToleranceMicros && newest != long.MinValue
            && Volatile.Read(ref _doubtSince) == long.MaxValue)
        {
            return time;
        }

        return Move(raw);
    }

    /// <summary>Back to the caller's time; MaxValue stays MaxValue.</summary>
    public DateTimeOffset Write(long micros)
    {
        if (micros == long.MaxValue)
        {
            return DateTimeOffset.MaxValue;
        }

        var doubt = Volatile.Read(ref _doubtSince);
        var offset = doubt == long.MaxValue ? Volatile.Read(ref _offset) : Volatile.Read(ref _newest) - doubt;
        var ticks = EpochTicks + ((micros - offset) * TimeSpan.TicksPerMicrosecond);
        return ticks >= DateTimeOffset.MaxValue.UtcTicks ? DateTimeOffset.MaxValue : new DateTimeOffset(Math.Max(ticks, 0), TimeSpan.Zero);
    }

    /// <summary>The newest time seen, MinValue before the first, and how far it is ahead of the callers' time.</summary>
    public (long Newest, long Offset) State
    {
        get
        {
            lock (_gate)
            {
                return (_newest, _offset);
            }
        }
    }

    /// <summary>Goes on where another process was.</summary>
    public void Restore(long newest, long offset)
    {
        lock (_gate)
        {
            Volatile.Write(ref _newest, newest);
            Volatile.Write(ref _offset, offset);
        }
    }

    public static long ToMicros(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    private static long ToMicros(DateTimeOffset time) => Math.Max((time.UtcTicks - EpochTicks) / TimeSpan.TicksPerMicrosecond, 0);

    private long Move(long raw)
    {
        lock (_gate)
        {
            var time = raw + _offset;
            if (_newest == long.MinValue || time >= _newest - ToleranceMicros)
            {
                Volatile.Write(ref _doubtSince, long.MaxValue);
                Volatile.Write(ref _newest, Math.Max(_newest, time));
                return time;
            }

            if (raw - Math.Min(_doubtSince, raw) < ToleranceMicros)
            {
                Volatile.Write(ref _doubtSince, Math.Min(_doubtSince, raw));
                return _newest;
            }

            // As if it had been known from the first of them.
            Volatile.Write(ref _offset, _newest - _doubtSince);
            Volatile.Write(ref _doubtSince, long.MaxValue);
            Volatile.Write(ref _newest, raw + _offset);
            return _newest;
        }
    }
}
