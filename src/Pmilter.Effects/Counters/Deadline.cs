namespace Pmilter.Effects.Counters;

/// <summary>The end of a hold or ban in the store's microseconds, and how many repeats a ban has had.</summary>
internal readonly record struct Deadline(long Until, int Repeats)
{
    public bool IsRunning(long now) => now < Until;
}
