namespace Pmilter.Protocol.Client;

/// <summary>The filter broke the protocol, as an MTA would see it.</summary>
public sealed class MilterClientException : Exception
{
    public MilterClientException()
    {
    }

    public MilterClientException(string message)
        : base(message)
    {
    }

    public MilterClientException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
