namespace Pmilter.Effects.Counters.Snapshots;

/// <summary>
/// Magic, version (4 bytes), time of creation (8, UTC ticks); sections, each a kind (1), a length (4) and so many bytes; an end mark
/// and XxHash3 (8) of all before it. Numbers are little-endian, counts and lengths within a section variable (7 bits a byte).
/// </summary>
internal static class SnapshotFormat
{
    public const int Version = 1;
    public const int HeaderBytes = 8 + 4 + 8;
    public const int SectionHeaderBytes = 1 + 4;
    public const int TrailerBytes = 8 + HashBytes;
    public const int HashBytes = 8;

    public static ReadOnlySpan<byte> Magic => "pmstate\n"u8;

    public static ReadOnlySpan<byte> End => "pm-end.\n"u8;
}

/// <summary>Numbers are the format's: never given anew.</summary>
internal enum SnapshotSection : byte
{
    /// <summary>Clock and hash key; comes first.</summary>
    Store = 1,

    /// <summary>A counter's definition; its keys follow.</summary>
    Counter = 2,

    /// <summary>Keys of the counter before it, least recently used first.</summary>
    Keys = 3,

    Holds = 4,
    Bans = 5,
    Memories = 6,

    /// <summary>A greylist; its tuples and clients follow.</summary>
    Greylist = 7,

    Tuples = 8,
    Clients = 9,
}

/// <summary>What a snapshot held, or what of it is alive when it is loaded.</summary>
/// <param name="Created">When it was written.</param>
/// <param name="Keys">Of all counters.</param>
/// <param name="Tuples">Of all greylists.</param>
public sealed record SnapshotContent(DateTimeOffset Created, int Counters, int Keys, int Holds, int Bans, int Memories, int Tuples)
{
    public bool IsEmpty => Counters + Keys + Holds + Bans + Memories + Tuples == 0;
}
