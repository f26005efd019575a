namespace Pmilter.Protocol.Wire;

/// <summary>One packet without its length: a code and its data, valid until the reader reads on.</summary>
internal readonly record struct Frame(byte Code, ReadOnlyMemory<byte> Data)
{
    /// <summary>Length word and code.</summary>
    public const int HeaderBytes = 5;

    /// <summary>MILTER_CHUNK_SIZE: the most data that a filter may put into one packet.</summary>
    public const int MaxChunkBytes = 65535;

    /// <summary>
    /// The most that is read. Postfix cuts headers only beyond header_size_limit (102400), which an administrator may raise;
    /// SMFIP_MDS_1M would allow 1 MiB.
    /// </summary>
    public const int MaxFrameBytes = 4 * 1024 * 1024;
}
