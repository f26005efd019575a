using Serilog.Events;

namespace Pmilter.Telemetry;

/// <summary>
/// syslog's words, which the configuration and the log use, and the six levels beneath: notice is .NET's Information, info its Debug,
/// debug its Trace.
/// </summary>
internal static class LogLevels
{
    /// <summary>The words of <c>log.level</c>, the gravest first.</summary>
    public static IReadOnlyList<string> Words { get; } = ["emerg", "alert", "crit", "error", "warning", "notice", "info", "debug"];

    public static LogEventLevel Parse(string word) => word switch
    {
        "emerg" or "alert" or "crit" => LogEventLevel.Fatal,
        "error" or "err" => LogEventLevel.Error,
        "warning" or "warn" => LogEventLevel.Warning,
        "info" => LogEventLevel.Debug,
        "debug" => LogEventLevel.Verbose,
        _ => LogEventLevel.Information,
    };

    public static string Word(LogEventLevel level) => level switch
    {
        LogEventLevel.Fatal => "crit",
        LogEventLevel.Error => "error",
        LogEventLevel.Warning => "warning",
        LogEventLevel.Information => "notice",
        LogEventLevel.Debug => "info",
        _ => "debug",
    };

    /// <summary>syslog(3)'s number, which journald reads from a <c>&lt;N&gt;</c> before a line.</summary>
    public static int Priority(LogEventLevel level) => level switch
    {
        LogEventLevel.Fatal => 2,
        LogEventLevel.Error => 3,
        LogEventLevel.Warning => 4,
        LogEventLevel.Information => 5,
        LogEventLevel.Debug => 6,
        _ => 7,
    };
}
