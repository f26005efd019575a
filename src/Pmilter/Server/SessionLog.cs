using Microsoft.Extensions.Logging;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Wire;

namespace Pmilter.Server;

/// <summary>Writes what a session reports: peers' mistakes are warnings, ours are errors.</summary>
internal sealed partial class SessionLog(ILogger<SessionLog> logger) : ISessionObserver
{
    /// <summary>Known once the MTA has said what it can; before that there is no queue id either.</summary>
    public ISessionContext? Session { get; set; }

    private string QueueId => Session?.Macros["i"] ?? "-";

    public void Warning(string sessionId, string message, CommandCode? command, SessionState state, Exception? error) =>
        Log.Warned(logger, sessionId, QueueId, Name(command), state, message);

    public void HandlerFailed(string sessionId, string message, CommandCode? command, SessionState state, Exception? error) =>
        Log.Failed(logger, error, sessionId, QueueId, Name(command), state, message);

    private static string Name(CommandCode? command) => command?.ToString() ?? "-";

    private static partial class Log
    {
        [LoggerMessage(120, LogLevel.Warning, "{Session} {QueueId} {Command} in state {State}: {Message}")]
        public static partial void Warned(ILogger logger, string session, string queueId, string command, SessionState state, string message);

        [LoggerMessage(121, LogLevel.Error, "{Session} {QueueId} {Command} in state {State}: {Message}")]
        public static partial void Failed(ILogger logger, Exception? error, string session, string queueId, string command, SessionState state, string message);
    }
}
