using Microsoft.Extensions.Logging;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Text;
using Pmilter.Reloading;
using Pmilter.Server.Lists;

namespace Pmilter.Server;

/// <summary>
/// SIGHUP, a changed file, <c>pmilter reload</c>: compiles aside, tests where that is asked for, then replaces. With an error the set in
/// force stays, and every place that is asked says so.
/// </summary>
internal sealed partial class PolicyReloader(
    PolicyLoader loader, PolicyHost host, ServerState state, ServerScripts scripts, TimeProvider time, ILogger<PolicyReloader> logger)
{
    private ReloadReport _last = new(time.GetUtcNow(), ReloadCause.Start, IsGood: true, host.Current.Revision, host.Current.Revision);

    /// <summary>The lists of files; a reload and an exchange of one exclude each other.</summary>
    public required ListWatch Lists { get; init; }

    /// <summary>Policies must pass their own tests first; null where they need not.</summary>
    public PolicyTestGate? Tests { get; init; }

    /// <summary>Keeps what was in force; null where nothing outlasts the process.</summary>
    public RevisionKeeper? Revisions { get; init; }

    /// <summary>The last reload; at first the start.</summary>
    public ReloadReport Last => Volatile.Read(ref _last);

    /// <summary>When the policies in force came.</summary>
    public DateTimeOffset Since { get; private set; } = time.GetUtcNow();

    /// <summary>Begins: what the server started with is noted.</summary>
    public void Start(ReloadReport? start = null)
    {
        Volatile.Write(ref _last, start ?? Last);
        Revisions?.Keep(Last, host.Current);
    }

    /// <param name="isCut">Sessions that cannot follow are turned away at their next message.</param>
    public ReloadReport Reload(ReloadCause cause = ReloadCause.Signal, bool isCut = false)
    {
        lock (Lists.Gate)
        {
            var report = Load(cause);
            if (isCut && report.IsGood)
            {
                report = report with { Cut = host.Cut() };
                Log.Cut(logger, report.Cut ?? 0);
            }

            Volatile.Write(ref _last, report);
            if (!report.IsUnchanged)
            {
                Revisions?.Keep(report, host.Current);
            }

            return report;
        }
    }

    /// <summary>
    /// What is in force, compiled once more under what an operator has changed. Policies on disk are not read: they may be half written.
    /// </summary>
    /// <returns>Why it could not be; null when it is in force.</returns>
    public string? Apply()
    {
        lock (Lists.Gate)
        {
            if (loader.Again() is not { } load)
            {
                return "no policies are in force yet.";
            }

            if (load.Set is not { } set)
            {
                return Errors(load.Diagnostics.All);
            }

            host.Replace(set);
            loader.Lists?.Take(set);
            RetainLog.Write(logger, state.Retain(set.State));
            return null;
        }
    }

    private ReloadReport Load(ReloadCause cause)
    {
        try
        {
            return Replace(loader.Load(), cause);
        }
        catch (ServerStartException error)
        {
            Log.Unreadable(logger, host.Current.Revision, error.Message);
            return Refused(cause, error.Message, []);
        }
    }

    private ReloadReport Replace(PolicyLoad load, ReloadCause cause)
    {
        if (load.Set is { } set)
        {
            // A reload has time: it runs beside the mail.
            scripts.CheckAsync(set, load.Diagnostics).GetAwaiter().GetResult();
        }

        var diagnostics = load.Diagnostics.All;
        foreach (var diagnostic in diagnostics)
        {
            var level = diagnostic.Severity == DiagnosticSeverity.Error ? LogLevel.Error : LogLevel.Warning;
            Log.Diagnosed(logger, level, diagnostic.Span.FileAndLine, diagnostic.Id, diagnostic.Message);
        }

        if (load.Set is not { } newer || load.Diagnostics.HasErrors)
        {
            Log.Kept(logger, host.Current.Revision);
            return Refused(cause, Errors(diagnostics), diagnostics);
        }

        if (Tests?.FailureAsync(load.Sources).GetAwaiter().GetResult() is { } failure)
        {
            Log.Unreadable(logger, host.Current.Revision, failure);
            return Refused(cause, failure, diagnostics);
        }

        foreach (var kept in load.Kept)
        {
            Lists.Tell(kept);
        }

        loader.Take(load);
        return InForce(newer, cause) with { Diagnostics = diagnostics };
    }

    private ReloadReport InForce(PolicySet newer, ReloadCause cause)
    {
        var older = host.Replace(newer);
        Since = time.GetUtcNow();
        loader.Lists?.Take(newer);
        var report = state.Retain(newer.State);
        Log.Replaced(logger, newer.Revision, newer.Rules.Count, older.Revision);
        RetainLog.Write(logger, report);
        Lists.SaveAll();
        return new ReloadReport(time.GetUtcNow(), cause, IsGood: true, newer.Revision, older.Revision) { Differences = SetDifference.Between(older, newer) };
    }

    private static string Errors(IReadOnlyList<Diagnostic> diagnostics)
    {
        var errors = diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).ToArray();
        var first = $"{errors[0].Span.FileAndLine}: {errors[0].Id}: {errors[0].Message}";
        return errors.Length == 1 ? first : $"{errors.Length} errors in the policies, first {first}";
    }

    private ReloadReport Refused(ReloadCause cause, string reason, IReadOnlyList<Diagnostic> diagnostics) =>
        new(time.GetUtcNow(), cause, IsGood: false, host.Current.Revision, host.Current.Revision) { Reason = reason, Diagnostics = diagnostics };

    private static partial class Log
    {
        [LoggerMessage(300, LogLevel.Information, "Policies reloaded: revision {Revision} with {Rules} rules replaces {Older}")]
        public static partial void Replaced(ILogger logger, string revision, int rules, string older);

        [LoggerMessage(301, LogLevel.Error, "Policies not reloaded, the server keeps revision {Revision}")]
        public static partial void Kept(ILogger logger, string revision);

        [LoggerMessage(302, LogLevel.Error, "Policies not reloaded, the server keeps revision {Revision}: {Reason}")]
        public static partial void Unreadable(ILogger logger, string revision, string reason);

        [LoggerMessage(EventId = 303, Message = "{Place}: {Id}: {Text}")]
        public static partial void Diagnosed(ILogger logger, LogLevel level, string place, string id, string text);

        [LoggerMessage(304, LogLevel.Information, "Sessions that cannot follow are turned away at their next message: {Sessions}")]
        public static partial void Cut(ILogger logger, int sessions);
    }
}
