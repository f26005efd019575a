using System.Text.Json.Serialization;
using Pmilter.Safety;

namespace Pmilter.Admin;

/// <summary>Counters as a whole.</summary>
/// <param name="Store"><c>memory</c> or <c>redis</c>.</param>
/// <param name="Degraded">The shared store does not answer; these are this server's own.</param>
internal sealed record CountersAnswer(string Store, bool Degraded, IReadOnlyList<CounterLine> Counters);

/// <summary>One counter.</summary>
/// <param name="Name"><c>policy/counter</c>, with <c>~would</c> for the copy that monitor rules read.</param>
/// <param name="Counts"><c>count</c>, <c>sum</c>, <c>distinct</c> or <c>gauge</c>.</param>
/// <param name="WindowSeconds">0 for a gauge.</param>
/// <param name="Key">The key's expressions as written.</param>
/// <param name="Keys">Keys that are kept now, some of which may have nothing left in their window.</param>
/// <param name="Bytes">Estimated memory; 0 where the store does not tell.</param>
/// <param name="Evictions">Keys that went because the counter was full, since the server began.</param>
/// <param name="Limits">Rules that limit it, as <c>pmilter rules</c> shows them.</param>
internal sealed record CounterLine(
    string Name, string Counts, double WindowSeconds, string Key, int Keys, long Bytes, long Evictions, IReadOnlyList<string> Limits);

/// <summary>Keys of a counter, highest first.</summary>
internal sealed record KeysAnswer(string Counter, double WindowSeconds, string Key, IReadOnlyList<string> Limits, IReadOnlyList<KeyLine> Keys);

/// <summary>One key.</summary>
/// <param name="Key">Its parts, folded.</param>
/// <param name="Exact">False when counted in slots of 1/60 of the window, or from a sample.</param>
internal sealed record KeyLine(IReadOnlyList<string> Key, double Count, bool Exact);

/// <summary>One key with what holds it.</summary>
/// <param name="Found">Null when it counts nothing now.</param>
internal sealed record KeyAnswer(string Counter, double WindowSeconds, IReadOnlyList<string> Limits, KeyLine? Found, IReadOnlyList<DeadlineLine> Holds);

/// <summary>A hold or ban that runs.</summary>
/// <param name="Until">Null: until lifted by hand.</param>
/// <param name="Repeats">How often it had been banned before.</param>
internal sealed record DeadlineLine(string Name, IReadOnlyList<string> Key, DateTimeOffset? Until, int Repeats);

/// <summary>What runs now.</summary>
internal sealed record BansAnswer(IReadOnlyList<DeadlineLine> Bans, IReadOnlyList<DeadlineLine> Holds);

/// <summary>Greylists in numbers.</summary>
internal sealed record GreylistsAnswer(IReadOnlyList<GreylistLine> Greylists);

/// <summary>One greylist.</summary>
internal sealed record GreylistLine(string Name, string Key, int Waiting, int Passed, int Clients);

/// <summary>Tuples and clients of one greylist.</summary>
internal sealed record GreylistAnswer(string Name, string Key, IReadOnlyList<TupleLine> Entries);

/// <summary>One of them; a client has no First, a tuple no Passes.</summary>
internal sealed record TupleLine(IReadOnlyList<string> Key, string State, DateTimeOffset? First, DateTimeOffset Until, int Passes);

/// <summary>How the admin page is opened.</summary>
/// <param name="Address"><c>http://127.0.0.1:8896</c>.</param>
internal sealed record PageLinkAnswer(string Address, string Token);

/// <summary>What a change did.</summary>
internal sealed record DoneAnswer(string Name, int Changed);

/// <summary>What banning by hand did.</summary>
/// <param name="Began">False: it was banned already.</param>
/// <param name="Until">Null: until lifted by hand.</param>
internal sealed record BannedAnswer(string Name, bool Began, DateTimeOffset? Until);

/// <summary>What a reload came to.</summary>
/// <param name="Good">The policies on disk are in force.</param>
/// <param name="Revision">In force now.</param>
/// <param name="Older">In force before.</param>
/// <param name="Reason">Why the policies on disk are not in force; else null.</param>
/// <param name="Problems">Errors and warnings, as <c>file:line: PM000: text</c>.</param>
/// <param name="Differences">What is decided otherwise from now on.</param>
/// <param name="Cut">Sessions that are turned away at their next message; null where none is to be.</param>
internal sealed record ReloadAnswer(
    bool Good, string Revision, string Older, string? Reason, IReadOnlyList<string> Problems, IReadOnlyList<string> Differences, int? Cut);

/// <summary>A process that was started to take over.</summary>
/// <param name="ExitCode">Null while it runs.</param>
internal sealed record UpgradeAnswer(int Process, int? ExitCode);

/// <summary>Why there is no answer.</summary>
internal sealed record ErrorAnswer(string Error);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(CountersAnswer))]
[JsonSerializable(typeof(KeysAnswer))]
[JsonSerializable(typeof(KeyAnswer))]
[JsonSerializable(typeof(BansAnswer))]
[JsonSerializable(typeof(GreylistsAnswer))]
[JsonSerializable(typeof(GreylistAnswer))]
[JsonSerializable(typeof(PageLinkAnswer))]
[JsonSerializable(typeof(DoneAnswer))]
[JsonSerializable(typeof(BannedAnswer))]
[JsonSerializable(typeof(ListsAnswer))]
[JsonSerializable(typeof(ReloadAnswer))]
[JsonSerializable(typeof(SafetyAnswer))]
[JsonSerializable(typeof(SafetyStatus))]
[JsonSerializable(typeof(UpgradeAnswer))]
[JsonSerializable(typeof(ErrorAnswer))]
internal sealed partial class AdminJson : JsonSerializerContext;
