using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting;
using Serilog.Formatting.Compact;

namespace Pmilter.Telemetry;

/// <summary>
/// Serilog behind Microsoft's interfaces: to stderr, or to a file where one is named. Lines are written by a thread of their own:
/// a slow terminal, pipe or disk never holds up mail; when it is more than 10,000 lines behind, further ones are dropped.
/// </summary>
internal static class LogPipeline
{
    /// <summary>systemd sets it for services whose output goes to the journal.</summary>
    private static bool IsJournal => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("JOURNAL_STREAM"));

    /// <param name="level">A word of <see cref="LogLevels"/>.</param>
    /// <param name="isJson">Compact JSON, an object a line; else text.</param>
    /// <param name="file">A path; empty for stderr.</param>
    public static ILoggerFactory Create(string level, bool isJson, string file)
    {
        var configuration = new LoggerConfiguration().MinimumLevel.Is(LogLevels.Parse(level));
        if (file.Length > 0)
        {
            configuration.WriteTo.Async(log => log.File(Formatter(isJson, isJournal: false), file, shared: false));
        }
        else
        {
            configuration.WriteTo.Async(log => log.Console(Formatter(isJson, IsJournal), standardErrorFromLevel: LogEventLevel.Verbose));
        }

        return new SerilogLoggerFactory(configuration.CreateLogger(), dispose: true);
    }

    private static ITextFormatter Formatter(bool isJson, bool isJournal) => isJson ? new CompactJsonFormatter() : new LineFormatter(isJournal);
}
