using Microsoft.Extensions.Logging;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Wire;

namespace Pmilter.Server;

/// <summary>Writes what sessions report: peers' mistakes are warnings, ours are errors.</summary>
internal sealed partial class SessionLog(ILogger<SessionLog> logger) : ISessionObserver
{
    public void Warning(string sessionId, string message, CommandCode? command, SessionState state, Exception? error) =>
        Log.Warned(logger, sessionId, command, state, message);

    public void HandlerFailed(string sessionId, string message, CommandCode? command, SessionState state, Exception? error) =>
        Log.Failed(logger, error, sessionId, command, state, message);

    private static partial class Log
    {
        [LoggerMessage(120, LogLevel.Warning, "{Session} {Command} in state {State}: {Message}")]
        public static partial void Warned(ILogger logger, string session, CommandCode? command, SessionState state, string message);

        [LoggerMessage(121, LogLevel.Error, "{Session} {Command} in state {State}: {Message}")]
        public static partial void Failed(ILogger logger, Exception? error, string session, CommandCode? command, SessionState state, string message);
    }
}
