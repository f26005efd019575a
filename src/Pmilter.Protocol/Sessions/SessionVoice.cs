using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Sessions;

/// <summary>The session's options, and its way to the observer.</summary>
internal sealed class SessionVoice(SessionOptions options, ISessionObserver observer)
{
    public SessionOptions Options => options;

    public void Warn(string message, CommandCode command, SessionState state, Exception? error) =>
        observer.Warning(options.Id, message, Named(command), state, error);

    public void Fail(string message, CommandCode command, SessionState state, Exception? error) =>
        observer.HandlerFailed(options.Id, message, Named(command), state, error);

    private static CommandCode? Named(CommandCode command) => command == CommandCode.None ? null : command;
}
