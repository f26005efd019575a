namespace Pmilter.Effects.Counters.Snapshots;

/// <summary>The bytes are no whole snapshot; the message says what was found. Nothing was taken from it.</summary>
public sealed class StateSnapshotException : Exception
{
    public StateSnapshotException()
    {
    }

    public StateSnapshotException(string message)
        : base(message)
    {
    }

    public StateSnapshotException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The checksum holds and the content does not: written by a program that was wrong.</summary>
    internal static StateSnapshotException Damaged(string what) => new($"its content is wrong: {what}");
}
