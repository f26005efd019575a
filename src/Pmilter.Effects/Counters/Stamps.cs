namespace Pmilter.Effects.Counters;

/// <summary>
/// A stamp is an event's time and its name in one: microseconds above, 12 bits of sequence below. Stamps of a key only grow, so one
/// that was undone never comes again. The 4,097th event of one microsecond gets the next microsecond: later, never earlier.
/// </summary>
internal static class Stamps
{
    private const int SequenceBits = 12;

    public static long Next(long newest, long nowMicros) => Math.Max(nowMicros << SequenceBits, newest + 1);

    public static long Micros(long stamp) => stamp >> SequenceBits;
}
