using Pmilter.Protocol.Sessions;

namespace Pmilter.Protocol.Wire;

/// <summary>The peer broke the protocol. The session catches it, warns once and closes the connection.</summary>
public sealed class ProtocolException : Exception
{
    public ProtocolException()
    {
    }

    public ProtocolException(string message)
        : base(message)
    {
    }

    public ProtocolException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public ProtocolException(string message, CommandCode command)
        : base(message) => Command = command;

    /// <summary>The command that could not be taken; none when the frame itself was wrong.</summary>
    public CommandCode Command { get; }

    /// <summary>Where the session stood; filled in by the session.</summary>
    public SessionState State { get; internal set; }
}
