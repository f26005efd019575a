using Microsoft.Extensions.Logging;
using Pmilter.Admin;
using Pmilter.Server;

namespace Pmilter.Safety;

/// <summary>Puts interventions into force: the policies are compiled under them, and they are written down. One caller at a time.</summary>
internal sealed partial class InterventionForce(PolicyReloader reloader, InterventionKeeper keeper, TimeProvider time, ILogger logger)
{
    private string _told = string.Empty;

    /// <param name="by">Who wants it.</param>
    /// <exception cref="AdminException">The policies do not compile under it; nothing was changed.</exception>
    public void Apply(Interventions next, string by)
    {
        if (Failure(Marked(next, by)) is { } failure)
        {
            throw new AdminException($"Nothing was changed: {failure}");
        }
    }

    /// <summary>With a mark at what differs from now.</summary>
    public Interventions Marked(Interventions next, string by) => InterventionLedger.Marked(keeper.Current.At(time.GetUtcNow()), next, by, time.GetUtcNow());

    /// <summary>Null when the next are in force.</summary>
    public string? Failure(Interventions next)
    {
        var before = keeper.Current;
        keeper.Set(next);
        if (reloader.Apply() is { } failure)
        {
            keeper.Set(before);
            return failure;
        }

        Save();
        return null;
    }

    /// <summary>Marks alone change nothing for mail.</summary>
    public void Remember(Interventions next)
    {
        if (!next.Marks.SequenceEqual(keeper.Current.Marks))
        {
            keeper.Set(next);
            Save();
        }
    }

    /// <summary>Once, until there is another or none.</summary>
    public void Tell(string? failure)
    {
        if (failure is not null && _told != failure)
        {
            Log.Problem(logger, failure);
        }

        _told = failure ?? string.Empty;
    }

    /// <summary>Why they would not outlast a restart, if so.</summary>
    public void TellProblem()
    {
        if (keeper.Problem.Length > 0)
        {
            Log.Problem(logger, keeper.Problem);
        }
    }

    private void Save()
    {
        keeper.Save();
        TellProblem();
    }

    private static partial class Log
    {
        [LoggerMessage(707, LogLevel.Error, "{Problem}")]
        public static partial void Problem(ILogger logger, string problem);
    }
}
