namespace Pmilter.Effects.Counters;

/// <summary>A key as counters keep and compare it: bytes, in the caller's buffer, and 31 bits of their keyed hash.</summary>
internal readonly ref struct CounterKey
{
    /// <summary>Enough for every key that <see cref="StateKey"/> lets through.</summary>
    public const int MaxBytes = 3 * StateKey.MaxLength;

    public CounterKey(ReadOnlySpan<char> text, Span<byte> buffer, MemberHash hash)
        : this(buffer[..StateKeyBytes.Encode(text, buffer)], hash)
    {
    }

    public CounterKey(ReadOnlySpan<byte> bytes, MemberHash hash)
    {
        Bytes = bytes;
        Hash = (int)(hash.OfBytes(bytes) >> 33);
    }

    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Never negative.</summary>
    public int Hash { get; }
}
