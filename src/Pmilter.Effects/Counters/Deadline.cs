namespace Pmilter.Effects.Counters;

/// <summary>The end of a hold, ban or memory in the store's microseconds, and how many repeats a ban has had.</summary>
internal readonly record struct Deadline(long Until, int Repeats) : IExpiring
{
    public bool IsRunning(long now) => now < Until;
}
