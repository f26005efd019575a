using Pmilter.Reloading;
using Pmilter.Server;

namespace Pmilter.Rehearsal.Recorded;

/// <summary>The policies that an old decision was made under: from the copies in the state folder, where they are not those of now.</summary>
/// <param name="Site">Whose policies explain it.</param>
/// <param name="Revision">As the explanation names it.</param>
/// <param name="Note">To be told beside it; empty where the revision is that of now.</param>
internal sealed record RecordedRevision(RehearsalSite Site, string Revision, string Note)
{
    /// <param name="now">The policies on disk.</param>
    /// <param name="current">Their revision; empty where they have errors.</param>
    /// <exception cref="ServerStartException">The copy cannot be read.</exception>
    public static RecordedRevision Of(RecordedDecision decision, RehearsalSite now, string current)
    {
        if (decision.Revision == current)
        {
            return new RecordedRevision(now, current, string.Empty);
        }

        var store = new RevisionStore(now.Settings.State.Folder);
        try
        {
            if (store.IsUsed && now.Settings.InlinePolicy is null && store.Find(decision.Revision) is { } folder)
            {
                var site = RehearsalSite.Open(now.Settings with { Policies = folder, Modes = RevisionStore.ModesOf(folder) });
                return new RecordedRevision(site, decision.Revision, $"{Told(store, decision.Revision, current)} It is explained with its own rules and lists, as they were loaded: {folder}.");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException($"Revision {decision.Revision} is kept and cannot be read: {error.Message}", error);
        }

        return new RecordedRevision(
            now,
            current,
            $"The decision was made under revision {decision.Revision}, of which no copy is kept (policies.retain, state.dir); this is {current}, what the policies say now.");
    }

    private static string Told(RevisionStore store, string then, string current)
    {
        var inForce = store.LastGood()?.Line;
        return inForce?.Revision == then
            ? $"The decision was made under revision {then}, which is in force; what is on disk is {(current.Length > 0 ? current : "broken")}."
            : $"The decision was made under revision {then}, which is no longer in force{(inForce is null ? string.Empty : $": {inForce.Revision} is, since {inForce.At.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z")}.";
    }
}
