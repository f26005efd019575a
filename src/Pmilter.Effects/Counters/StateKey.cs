using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Pmilter.Effects.Counters;

/// <summary>
/// Keys as a store keeps them: up to 256 characters as they are; longer ones as 224 characters, an ellipsis and 32 hexadecimal
/// digits of the SHA-256 of all. That makes 257, so no key that is kept whole can equal a shortened one.
/// </summary>
internal static class StateKey
{
    public const int MaxLength = 257;

    private const int WholeLength = 256;
    private const int PrefixLength = 224;
    private const int DigestBytes = 16;

    public static ReadOnlySpan<char> Shorten(ReadOnlySpan<char> key, Span<char> buffer)
    {
        if (key.Length <= WholeLength)
        {
            return key;
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(key), digest);
        key[..PrefixLength].CopyTo(buffer);
        buffer[PrefixLength] = '\u2026';
        Convert.TryToHexStringLower(digest[..DigestBytes], buffer[(PrefixLength + 1)..], out _);
        return buffer[..MaxLength];
    }
}
