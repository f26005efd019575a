namespace Pmilter.Server;

/// <summary>The server cannot start: the message says what was found and names the fix. Exit code 2.</summary>
internal sealed class ServerStartException : Exception
{
    public ServerStartException()
    {
    }

    public ServerStartException(string message)
        : base(message)
    {
    }

    public ServerStartException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
