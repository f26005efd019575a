using System.Reflection;
using Pmilter.Reloading;
using Pmilter.Safety;
using Pmilter.Server;

namespace Pmilter.Admin.Status;

/// <summary>The process.</summary>
internal sealed class ServerSection(TimeProvider time, Func<int> sessions)
{
    private readonly DateTimeOffset _since = time.GetUtcNow();

    /// <summary>The process before, while it still has sessions.</summary>
    public Func<int?> Ending { get; init; } = static () => null;

    public ServerStatus Read() => new(Version, _since, Math.Round((time.GetUtcNow() - _since).TotalSeconds), sessions()) { EndingProcess = Ending() };

    /// <summary>Of this program.</summary>
    public static string Version =>
        typeof(ServerSection).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";
}

/// <summary>Where it listens, and how much comes in.</summary>
internal sealed class ListenersSection(IReadOnlyList<MilterListener> listeners)
{
    private readonly string[] _addresses = [.. listeners.Select(listener => ListenerPlace.Describe(listener.LocalEndPoint!))];

    public IReadOnlyList<ListenerStatus> Read() =>
        [.. listeners.Select((listener, i) => new ListenerStatus(listener.Options.Name, _addresses[i], listener.OpenSessions, listener.Accepted))];
}

/// <summary>The policies in force, the last reload, and who still runs under older ones.</summary>
internal sealed class PoliciesSection(PolicyHost policies, PolicyReloader? reloader, DateTimeOffset start)
{
    public PoliciesStatus Read(Troubles troubles)
    {
        var set = policies.Current;
        var written = set.Rules.Where(rule => rule.Rule.Policy != BlockPolicy.Name).ToArray();
        var last = reloader?.Last;
        if (last is { IsGood: false })
        {
            troubles.Add($"policies: what is on disk was refused, revision {set.Revision} stays in force: {last.Reason}");
        }

        return new PoliciesStatus(
            set.Revision,
            reloader?.Since ?? start,
            written.Select(rule => rule.Rule.Policy).Distinct(StringComparer.Ordinal).Count(),
            written.Length,
            last is null or { Cause: ReloadCause.Start, IsGood: true } ? null : new ReloadStatus(last.At, last.IsGood, last.Reason ?? string.Empty),
            [.. policies.Sessions.Select(served => new RevisionSessions(served.Revision, served.Sessions))]);
    }
}

/// <summary>Where counters, holds and bans live.</summary>
internal sealed class StateSection(ServerState state)
{
    public StateStatus Read(Troubles troubles)
    {
        if (state.IsDegraded)
        {
            troubles.Add($"state: {state.Store} does not answer; this server's own counters go on");
        }

        return new StateStatus(state.Store, state.IsDegraded);
    }
}

/// <summary>The country data in force.</summary>
internal sealed class GeoSection(GeoWatch geo, GeoSettings settings, TimeProvider time)
{
    public IReadOnlyList<GeoStatus> Read(Troubles troubles)
    {
        var all = new List<GeoStatus>();
        foreach (var database in geo.InForce)
        {
            var age = database.Age(time);
            var error = geo.ErrorOf(database.Name);
            all.Add(new GeoStatus(database.Content.ToString().ToLowerInvariant(), database.Name, database.BuiltAt, Math.Round(age.TotalDays, 1), age > settings.WarnAfter, error));
            if (age > settings.WarnAfter)
            {
                troubles.Add($"geoip: {database.Name} is {(int)age.TotalDays} days old");
            }

            if (error.Length > 0)
            {
                troubles.Add($"geoip: {error}; the data read before stay in force");
            }
        }

        return all;
    }
}

/// <summary>The workers that run handlers.</summary>
internal sealed class RubyWorkersSection(ServerScripts scripts)
{
    public RubyWorkersStatus Read(Troubles troubles)
    {
        if (scripts.Health is not { } health)
        {
            return new RubyWorkersStatus(false, 0, 0, 0, 0, 0, string.Empty, []);
        }

        if (health.Failure.Length > 0)
        {
            troubles.Add($"ruby: {health.Failure}");
        }

        foreach (var script in health.Resting)
        {
            troubles.Add($"ruby: {script.Path} has failed so often that it rests: {script.Reason}");
        }

        return new RubyWorkersStatus(
            true, health.Workers, health.Alive, health.Busy, health.Waiting, health.Restarts, health.Failure,
            [.. health.Resting.Select(script => new RestingStatus(script.Path, script.Since, script.Reason))]);
    }
}
