using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Tests.Kit;

internal sealed class RecordingObserver : ISessionObserver
{
    public List<string> Warnings { get; } = [];

    public List<string> Failures { get; } = [];

    public List<(CommandCode? Command, SessionState State, Exception? Error)> Details { get; } = [];

    public void Warning(string sessionId, string message, CommandCode? command, SessionState state, Exception? error)
    {
        Warnings.Add(message);
        Details.Add((command, state, error));
    }

    public void HandlerFailed(string sessionId, string message, CommandCode? command, SessionState state, Exception? error)
    {
        Failures.Add(message);
        Details.Add((command, state, error));
    }
}
