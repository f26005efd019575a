using System.Globalization;
using System.Text;

namespace Pmilter.Configuration.Original;

/// <summary>What an imported configuration becomes: a pmilter.yaml and a policy that runs the same handlers.</summary>
internal static class OriginalSite
{
    public const string PolicyFile = "10-original.yaml";

    /// <param name="from">The imported file, for the comment.</param>
    /// <param name="resolve">A handler's path as the new files name it.</param>
    public static string Server(OriginalConfiguration original, string from, Func<string, string> resolve)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Imported from {from}.\n\nserver:\n  listen: [{Quoted(original.Listen)}]\n");
        if (original.IdleTimeout is { } timeout)
        {
            text.Append(CultureInfo.InvariantCulture, $"  idle_timeout: {timeout.TotalSeconds}s\n");
        }

        // The original's policies were its handlers; it had no country data.
        text.Append(CultureInfo.InvariantCulture, $"\npolicies:\n  dir: policies\n\ngeoip:\n  country: ''\n\nlog:\n  level: {original.LogLevel}\n");
        if (original.PostConfig is null && original.MasterExit is null)
        {
            return text.ToString();
        }

        text.Append("\nruby:\n");
        if (original.PostConfig is { } postConfig)
        {
            text.Append(CultureInfo.InvariantCulture, $"  postconfig: {Quoted(resolve(postConfig.Value))}\n");
        }

        if (original.MasterExit is { } masterExit)
        {
            text.Append(CultureInfo.InvariantCulture, $"  master_exit: {Quoted(resolve(masterExit.Value))}\n");
        }

        return text.ToString();
    }

    /// <summary>Null where there is no handler to run.</summary>
    public static string? Policy(OriginalConfiguration original, string from, Func<string, string> resolve)
    {
        if (original.Handlers.IsEmpty)
        {
            return null;
        }

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"policy: original\ndescription: {Quoted($"The handlers of {from}.")}\n\nhandlers:\n");
        foreach (var handler in original.Handlers)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {handler.Phase}: {Quoted(resolve(handler.Path.Value))}\n");
        }

        return text.ToString();
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
