namespace Pmilter.Effects.Geo;

/// <summary>A file that cannot be used as what it was given for; the message names it and says why.</summary>
public sealed class GeoDatabaseException : Exception
{
    public GeoDatabaseException()
    {
    }

    public GeoDatabaseException(string message)
        : base(message)
    {
    }

    public GeoDatabaseException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
