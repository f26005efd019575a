using Microsoft.Extensions.Logging;
using Pmilter.Policies.Evaluation;
using Pmilter.Server;

namespace Pmilter.Reloading;

/// <summary>What was in force before the restart, for a start with policies that have errors: mail must go on being filtered.</summary>
internal sealed partial record LastGoodPolicies(PolicySet Set, HistoryLine Line, PolicyLoad Loaded)
{
    /// <summary>Null where none is kept, or the kept one does not load any more.</summary>
    /// <param name="settings">The server's.</param>
    /// <param name="time">The clock.</param>
    /// <param name="interventions">What is in force by hand; null for nothing.</param>
    /// <param name="reason">Why what is kept cannot be used; empty where nothing is kept.</param>
    public static LastGoodPolicies? Load(ServerSettings settings, TimeProvider time, Func<Safety.Interventions>? interventions, out string reason)
    {
        reason = string.Empty;
        var store = new RevisionStore(settings.State.Folder);
        try
        {
            if (!store.IsUsed || settings.InlinePolicy is not null || store.LastGood() is not { } kept)
            {
                return null;
            }

            // With the lists and handlers of now, if they are there; else with those that were kept.
            var then = settings with { Policies = kept.Folder, Modes = RevisionStore.ModesOf(kept.Folder) };
            var load = new PolicyLoader(then, time) { PresentedAs = settings.Policies, Interventions = interventions }.Load();
            load = load.Set is null ? new PolicyLoader(then, time) { Interventions = interventions }.Load() : load;
            if (load.Set is { } set)
            {
                return new LastGoodPolicies(set, kept.Line, load);
            }

            reason = $"revision {kept.Line.Revision}, which was in force last, does not load any more";
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ServerStartException or System.Text.Json.JsonException)
        {
            reason = $"what was in force last cannot be read: {error.Message}";
            return null;
        }
    }

    /// <summary>Loudly: what runs is not what is on disk.</summary>
    public void Tell(ILoggerFactory loggers) => Log.Stale(loggers.CreateLogger<LastGoodPolicies>(), Set.Revision, Line.At);

    public ReloadReport Report(TimeProvider time) => new(time.GetUtcNow(), ReloadCause.Start, IsGood: false, Set.Revision, Set.Revision)
    {
        Reason = "the policies on disk have errors; those that were in force last run",
    };

    private static partial class Log
    {
        [LoggerMessage(311, LogLevel.Error, "The policies on disk have errors; the server runs revision {Revision}, which was in force since {Since}. 'pmilter check' shows the errors")]
        public static partial void Stale(ILogger logger, string revision, DateTimeOffset since);
    }
}
