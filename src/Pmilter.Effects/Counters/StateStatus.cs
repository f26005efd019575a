using Pmilter.Policies.State;

namespace Pmilter.Effects.Counters;

/// <summary>One counter as a whole. Bytes are what the bounds are kept by: estimated from the objects, about 10 % exact.</summary>
/// <param name="Evictions">Keys with live events that went because the counter was full, since it began.</param>
public sealed record CounterStatus(CounterDefinition Definition, int Keys, long Bytes, long Evictions);

/// <summary>One key of a counter.</summary>
/// <param name="IsExact">False when the count comes from slots or a sample.</param>
public sealed record KeyCount(string Key, double Value, bool IsExact);

/// <summary>One running hold or ban.</summary>
/// <param name="Name">Of the hold or ban.</param>
/// <param name="Until">MaxValue when only lifted by hand.</param>
/// <param name="Repeats">How often the key had been banned before, within <c>forget</c>.</param>
public sealed record RunningDeadline(string Name, string Key, DateTimeOffset Until, int Repeats);

/// <summary>What a new policy set did to the counters that had keys.</summary>
/// <param name="Kept">Names of counters that go on with their events.</param>
/// <param name="Changed">Names of counters that begin empty, since their kind, window or key changed.</param>
/// <param name="Removed">Names of counters that there are no more.</param>
public sealed record RetainReport(IReadOnlyList<string> Kept, IReadOnlyList<string> Changed, IReadOnlyList<string> Removed);

/// <summary>One greylist in numbers.</summary>
/// <param name="Waiting">Tuples that have not passed yet.</param>
/// <param name="Passed">Tuples that pass.</param>
/// <param name="Clients">Clients that have passed with a tuple, trusted ones among them.</param>
public sealed record GreylistStatus(string Name, int Waiting, int Passed, int Clients);

/// <summary>One tuple or client of a greylist.</summary>
/// <param name="State"><c>waiting</c>, <c>passed</c> or <c>client</c>.</param>
/// <param name="First">When a tuple was first seen; default for a client.</param>
/// <param name="Until">When it is forgotten.</param>
/// <param name="Passes">For a client: tuples that it has passed with.</param>
public sealed record GreylistEntry(string Key, string State, DateTimeOffset First, DateTimeOffset Until, int Passes);
