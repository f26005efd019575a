using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace Pmilter.Telemetry;

/// <summary>A log file that can be opened anew: after logrotate has renamed it, the next line begins the new one.</summary>
internal sealed class LogFile(ITextFormatter formatter, string path) : ILogEventSink, IDisposable
{
    private readonly Lock _gate = new();
    private Logger _file = Open(formatter, path);

    public void Emit(LogEvent logEvent)
    {
        lock (_gate)
        {
            _file.Write(logEvent);
        }
    }

    public void Reopen()
    {
        lock (_gate)
        {
            _file.Dispose();
            _file = Open(formatter, path);
        }
    }

    public void Dispose() => _file.Dispose();

    private static Logger Open(ITextFormatter formatter, string path)
    {
        PrivateFile.Create(path);
        return new LoggerConfiguration()
            .MinimumLevel.Verbose()
            .WriteTo.File(formatter, path, fileSizeLimitBytes: null, hooks: new PrivateFile())
            .CreateLogger();
    }
}
