using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Sessions;

/// <summary>Where the session stands, and its way to the observer.</summary>
internal sealed class SessionVoice(SessionOptions options, ISessionObserver observer)
{
    public SessionOptions Options => options;

    /// <summary>How far the session has come.</summary>
    public SessionState State { get; set; }

    /// <summary>The command in hand; none when the frame itself is wrong.</summary>
    public CommandCode Command { get; set; }

    public void Warn(string message, Exception? error = null) => observer.Warning(options.Id, message, NamedCommand, State, error);

    public void Fail(string message, Exception? error = null) => observer.HandlerFailed(options.Id, message, NamedCommand, State, error);

    private CommandCode? NamedCommand => Command == CommandCode.None ? null : Command;
}
