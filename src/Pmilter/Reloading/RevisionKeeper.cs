using Microsoft.Extensions.Logging;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Syntax;

namespace Pmilter.Reloading;

/// <summary>Notes loads in the state folder. A disk that is full or closed stops nothing: one warning.</summary>
internal sealed partial class RevisionKeeper(RevisionStore store, string policies, Func<IReadOnlyDictionary<string, PolicyMode>> modes, TimeSpan retain, ILogger<RevisionKeeper> logger)
{
    private bool _hasFailed;

    public void Keep(ReloadReport report, PolicySet inForce)
    {
        try
        {
            store.Keep(HistoryLine.Of(report, inForce.Rules.Count), policies, modes());
            store.Forget(report.At - retain);
            _hasFailed = false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (!_hasFailed)
            {
                Log.NotKept(logger, report.Revision, error.Message);
            }

            _hasFailed = true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(310, LogLevel.Warning, "Revision {Revision} cannot be kept in the state folder; a restart with broken policies could not go back to it: {Reason}")]
        public static partial void NotKept(ILogger logger, string revision, string reason);
    }
}
