using Microsoft.Extensions.Logging;
using Pmilter.Effects.Counters;
using Pmilter.Policies.State;

namespace Pmilter.Server;

/// <summary>Tells what became of counters when policies took over from others. The copies of monitor rules go by their counter's name.</summary>
internal static partial class RetainLog
{
    public static void Write(ILogger logger, RetainReport report)
    {
        if (report.Changed.Count > 0)
        {
            Log.Changed(logger, Names(report.Changed));
        }

        // The copy goes when a rule leaves monitor mode; its counter does not.
        var removed = report.Removed.Where(name => !report.Kept.Concat(report.Changed).Contains(NameOf(name), StringComparer.Ordinal)).ToArray();
        if (removed.Length > 0)
        {
            Log.Removed(logger, Names(removed));
        }

        Log.Kept(logger, report.Kept.Count);
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(NameOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    private static string NameOf(string name) => name.Replace(GreylistDefinition.ShadowSuffix, string.Empty, StringComparison.Ordinal);

    private static partial class Log
    {
        [LoggerMessage(530, LogLevel.Information, "Counters that begin empty since their window or key changed: {Counters}")]
        public static partial void Changed(ILogger logger, string counters);

        [LoggerMessage(531, LogLevel.Information, "Counters that no rule reads any more, forgotten: {Counters}")]
        public static partial void Removed(ILogger logger, string counters);

        [LoggerMessage(532, LogLevel.Debug, "Counters that go on: {Counters}")]
        public static partial void Kept(ILogger logger, int counters);
    }
}
