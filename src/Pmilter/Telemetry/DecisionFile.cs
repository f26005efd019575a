using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Sinks.Async;

namespace Pmilter.Telemetry;

/// <summary>
/// Lines of JSON in files, one a day: <c>decisions.jsonl</c> becomes <c>decisions20261127.jsonl</c>. Written by a thread of their own, so
/// that a slow disk never holds up mail; when it is more than 10,000 lines behind, further ones are dropped and counted.
/// </summary>
internal sealed class DecisionFile : IDisposable
{
    private const int MostBytes = 1024 * 1024 * 1024;

    private readonly Logger _log;
    private readonly Backlog _backlog = new();

    public DecisionFile(string path, TimeSpan kept) => _log = new LoggerConfiguration()
        .WriteTo.Async(
            file => file.File(
                new PlainLine(), path, rollingInterval: RollingInterval.Day, fileSizeLimitBytes: MostBytes, rollOnFileSizeLimit: true, retainedFileCountLimit: null, retainedFileTimeLimit: kept, hooks: new PrivateFile()),
            monitor: _backlog)
        .CreateLogger();

    /// <summary>Lines that were lost since the disk was too slow.</summary>
    public long Dropped => _backlog.Inspector?.DroppedMessagesCount ?? 0;

    public void Write(string line) => _log.Information("{Line}", line);

    /// <summary>Waits until all lines are written.</summary>
    public void Dispose() => _log.Dispose();

    private sealed class PlainLine : ITextFormatter
    {
        public void Format(LogEvent logEvent, TextWriter output)
        {
            if (logEvent.Properties["Line"] is ScalarValue { Value: string line })
            {
                output.WriteLine(line);
            }
        }
    }

    private sealed class Backlog : IAsyncLogEventSinkMonitor
    {
        public IAsyncLogEventSinkInspector? Inspector { get; private set; }

        public void StartMonitoring(IAsyncLogEventSinkInspector inspector) => Inspector = inspector;

        public void StopMonitoring(IAsyncLogEventSinkInspector inspector)
        {
            // The counts are read until the end.
        }
    }
}
