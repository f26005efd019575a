namespace Pmilter.Policies.Fuses;

/// <summary>
/// How much there was in the last while, in ten slots of time: never more than the whole window, at least nine tenths of it. Many threads
/// add; nothing is allocated and nobody waits.
/// </summary>
internal sealed class FuseWindow(TimeSpan window)
{
    private const int Slots = 10;
    private const int CountBits = 32;
    private readonly long _slotTicks = Math.Max(window.Ticks / Slots, 1);

    /// <summary>The slot's number above, its count below: both change in one step.</summary>
    private readonly long[] _cells = new long[Slots];

    public void Add(DateTimeOffset now)
    {
        var slot = now.UtcTicks / _slotTicks;
        ref var cell = ref _cells[(int)(slot % Slots)];
        while (true)
        {
            var seen = Volatile.Read(ref cell);
            var next = IsOf(seen, slot) ? seen + 1 : ((slot & uint.MaxValue) << CountBits) | 1;
            if (Interlocked.CompareExchange(ref cell, next, seen) == seen)
            {
                return;
            }
        }
    }

    public long Sum(DateTimeOffset now)
    {
        var slot = now.UtcTicks / _slotTicks;
        long sum = 0;
        for (var i = 0; i < Slots; i++)
        {
            var of = slot - i;
            var cell = Volatile.Read(ref _cells[(int)(of % Slots)]);
            sum += IsOf(cell, of) ? cell & uint.MaxValue : 0;
        }

        return sum;
    }

    public void Clear() => Array.Clear(_cells);

    private static bool IsOf(long cell, long slot) => ((cell >> CountBits) & uint.MaxValue) == (slot & uint.MaxValue);
}
