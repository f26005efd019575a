namespace Pmilter.Effects.Ruby;

/// <summary>How the workers are now.</summary>
/// <param name="Workers">As configured; one that is not there is started by the next call that needs it.</param>
/// <param name="Busy">Running a call.</param>
/// <param name="Waiting">Calls that wait for a worker.</param>
/// <param name="Restarts">Workers that were killed or ended by themselves and not by <c>max_calls</c>.</param>
/// <param name="Failure">Why the last worker did not start; empty when it did.</param>
/// <param name="Resting">Scripts whose breaker is open.</param>
public sealed record RubyHealth(int Workers, int Alive, int Busy, int Waiting, long Restarts, string Failure, IReadOnlyList<RestingScript> Resting);

/// <summary>A script that timed out or crashed again and again, and is not run until its rest is over and a call goes well.</summary>
/// <param name="Since">When it began to rest.</param>
/// <param name="Reason">How its last call failed.</param>
public sealed record RestingScript(string Path, DateTimeOffset Since, string Reason);
