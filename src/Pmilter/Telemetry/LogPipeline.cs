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
internal sealed class LogPipeline : IDisposable
{
    private readonly LogFile? _file;

    private LogPipeline(ILoggerFactory loggers, LogFile? file)
    {
        Loggers = loggers;
        _file = file;
    }

    public ILoggerFactory Loggers { get; }

    /// <param name="level">A word of <see cref="LogLevels"/>.</param>
    /// <param name="isJson">Compact JSON, an object a line; else text.</param>
    /// <param name="file">A path; empty for stderr.</param>
    public static LogPipeline Create(string level, bool isJson, string file)
    {
        var configuration = new LoggerConfiguration().MinimumLevel.Is(LogLevels.Parse(level));
        var written = file.Length > 0 ? new LogFile(Formatter(isJson, isJournal: false), file) : null;
        if (written is not null)
        {
            configuration.WriteTo.Async(log => log.Sink(written));
        }
        else
        {
            configuration.WriteTo.Async(log => log.Console(Formatter(isJson, Journal.HasStandardError), standardErrorFromLevel: LogEventLevel.Verbose));
        }

        return new LogPipeline(new SerilogLoggerFactory(configuration.CreateLogger(), dispose: true), written);
    }

    /// <summary>For log rotation; without effect where lines go to stderr.</summary>
    public void Reopen() => _file?.Reopen();

    /// <summary>Waits until all lines are written.</summary>
    public void Dispose() => Loggers.Dispose();

    private static ITextFormatter Formatter(bool isJson, bool isJournal) => isJson ? new CompactJsonFormatter() : new LineFormatter(isJournal);
}
