namespace Pmilter.Protocol.Wire;

/// <summary>The peer broke the protocol. The session catches it, warns once, with command and state, and closes the connection.</summary>
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
}
