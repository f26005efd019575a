namespace Pmilter.Effects.Counters;

/// <summary>The measures of a counter's window, in microseconds; the same for all its keys.</summary>
internal sealed class WindowShape
{
    public const int DefaultExactEvents = 512;

    /// <summary>Beyond, a sample of 16,384 to 32,768: standard error 1/sqrt of that, 0.8 % at most.</summary>
    public const int DefaultExactMembers = 32_768;

    /// <summary>60 slots, and one more since the window rarely begins where a slot does.</summary>
    public const int SlotCount = 61;

    public WindowShape(TimeSpan window, int exactEvents = DefaultExactEvents, int exactMembers = DefaultExactMembers)
    {
        WindowMicros = WindowClock.ToMicros(window);
        SlotMicros = Math.Max(1, (WindowMicros + SlotCount - 2) / (SlotCount - 1));
        ExactEvents = exactEvents;
        ExactMembers = exactMembers;
    }

    public long WindowMicros { get; }

    public long SlotMicros { get; }

    /// <summary>Events of a key that are kept one by one.</summary>
    public int ExactEvents { get; }

    /// <summary>Different members of a key that are kept one by one; beyond, a sample.</summary>
    public int ExactMembers { get; }

    /// <summary>An event at t counts at now if, and only if, t &gt; now − window.</summary>
    public bool IsLive(long eventMicros, long now) => eventMicros > now - WindowMicros;
}
