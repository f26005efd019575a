using Microsoft.Extensions.Logging;
using Pmilter.Policies.Text;

namespace Pmilter.Server;

/// <summary>SIGHUP: compiles aside, then replaces. With an error the set in force stays, and the log says so.</summary>
internal sealed partial class PolicyReloader(PolicyLoader loader, PolicyHost host, ServerState state, ServerScripts scripts, ILogger<PolicyReloader> logger)
{
    private readonly Lock _gate = new();

    /// <summary>Whether the new set is in force.</summary>
    public bool Reload()
    {
        lock (_gate)
        {
            try
            {
                return Replace(loader.Load());
            }
            catch (ServerStartException error)
            {
                Log.Unreadable(logger, host.Current.Revision, error.Message);
                return false;
            }
        }
    }

    private bool Replace(PolicyLoad load)
    {
        if (load.Set is { } set)
        {
            // A reload has time: it runs beside the mail.
            scripts.CheckAsync(set, load.Diagnostics).GetAwaiter().GetResult();
        }

        foreach (var diagnostic in load.Diagnostics.All)
        {
            var level = diagnostic.Severity == DiagnosticSeverity.Error ? LogLevel.Error : LogLevel.Warning;
            Log.Diagnosed(logger, level, diagnostic.Span.FileAndLine, diagnostic.Id, diagnostic.Message);
        }

        if (load.Set is not { } newer || load.Diagnostics.HasErrors)
        {
            Log.Kept(logger, host.Current.Revision);
            return false;
        }

        var older = host.Replace(newer);
        var report = state.Retain(newer.State);
        Log.Replaced(logger, newer.Revision, newer.Rules.Count, older.Revision);
        RetainLog.Write(logger, report);
        return true;
    }

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
    }
}
