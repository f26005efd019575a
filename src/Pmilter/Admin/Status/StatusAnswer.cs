using System.Text.Json.Serialization;
using Pmilter.Safety;

namespace Pmilter.Admin.Status;

/// <summary>How the running server is: a section each, and what is wrong in words.</summary>
/// <param name="Degraded">Something is in <paramref name="Troubles"/>.</param>
internal sealed record StatusAnswer(
    bool Degraded,
    IReadOnlyList<string> Troubles,
    ServerStatus Server,
    IReadOnlyList<ListenerStatus> Listeners,
    PoliciesStatus Policies,
    StateStatus State,
    IReadOnlyList<GeoStatus> Geoip,
    RubyWorkersStatus Ruby,
    SafetyStatus Safety);

/// <param name="Sessions">MTA connections that are open now.</param>
internal sealed record ServerStatus(string Version, DateTimeOffset Since, double UptimeSeconds, int Sessions)
{
    /// <summary>The server's own.</summary>
    public int Process { get; init; } = Environment.ProcessId;

    /// <summary>The process from which this one has taken over, while it still has sessions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? EndingProcess { get; init; }
}

/// <param name="Sessions">Open now.</param>
/// <param name="Accepted">Since the start.</param>
internal sealed record ListenerStatus(string Name, string Address, int Sessions, long Accepted);

/// <param name="Since">When the revision came into force.</param>
/// <param name="Reload">The last one; null when there was none.</param>
/// <param name="Sessions">By revision, the one in force first.</param>
internal sealed record PoliciesStatus(
    string Revision, DateTimeOffset Since, int Policies, int Rules, ReloadStatus? Reload, IReadOnlyList<RevisionSessions> Sessions);

/// <summary>How many sessions run under a revision.</summary>
internal sealed record RevisionSessions(string Revision, int Sessions);

/// <param name="Replaced">False: the revision before stays in force, since the new files have errors.</param>
/// <param name="Reason">The first error; empty when it went well.</param>
internal sealed record ReloadStatus(DateTimeOffset At, bool Replaced, string Reason);

/// <param name="Store"><c>memory</c> or <c>redis</c>.</param>
/// <param name="Degraded">The shared store does not answer; the server's own state goes on.</param>
internal sealed record StateStatus(string Store, bool Degraded);

/// <param name="Content"><c>country</c> or <c>asn</c>.</param>
/// <param name="BuiltAt">Of the data in force.</param>
/// <param name="Old">Older than <c>geoip.warn_after</c>.</param>
/// <param name="Error">Why the file of now is not in force; empty when it is.</param>
internal sealed record GeoStatus(string Content, string Path, DateTimeOffset BuiltAt, double AgeDays, bool Old, string Error);

/// <param name="Started">False: no policy has a handler, and no Ruby runs.</param>
/// <param name="Restarts">Workers that were killed or ended, since the start.</param>
/// <param name="Failure">Why the last worker did not start; empty when it did.</param>
internal sealed record RubyWorkersStatus(bool Started, int Workers, int Alive, int Busy, int Waiting, long Restarts, string Failure, IReadOnlyList<RestingStatus> Resting);

/// <summary>A script that is not run for a while.</summary>
/// <param name="Reason">How its last call failed.</param>
internal sealed record RestingStatus(string Script, DateTimeOffset Since, string Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(StatusAnswer))]
internal sealed partial class StatusJson : JsonSerializerContext;
