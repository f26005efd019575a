using System.Text;

namespace Pmilter.Effects.Counters;

/// <summary>
/// Keys as bytes and back, without loss: UTF-8 that also takes lone surrogates (bytes of mail that were no UTF-8 are kept as such), each
/// as three bytes. Different keys never become the same bytes.
/// </summary>
internal static class StateKeyBytes
{
    /// <summary>Bytes that a text of that many characters can take at most.</summary>
    public static int MaxLength(int characters) => 3 * characters;

    /// <summary>Returns the number of bytes written.</summary>
    public static int Encode(ReadOnlySpan<char> key, Span<byte> bytes)
    {
        // Most keys are ASCII, and then this is all.
        Ascii.FromUtf16(key, bytes, out var used);
        for (var i = used; i < key.Length; i++)
        {
            int c = key[i];
            if (c < 0x80)
            {
                bytes[used++] = (byte)c;
                continue;
            }

            if (char.IsHighSurrogate(key[i]) && i + 1 < key.Length && char.IsLowSurrogate(key[i + 1]))
            {
                c = char.ConvertToUtf32(key[i], key[++i]);
            }

            used += EncodeWide(c, bytes[used..]);
        }

        return used;
    }

    public static byte[] Encode(ReadOnlySpan<char> key)
    {
        var bytes = new byte[MaxLength(key.Length)];
        return bytes[..Encode(key, bytes)];
    }

    /// <summary>What <see cref="Encode(ReadOnlySpan{char})"/> made; other bytes give some text, never an error.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        // One more: the last byte alone may announce a pair.
        var text = new char[bytes.Length + 1];
        var used = 0;
        for (var i = 0; i < bytes.Length;)
        {
            var c = bytes[i] switch
            {
                < 0xC0 => bytes[i],
                < 0xE0 => Tail(bytes, i, 1, bytes[i] & 0x1F),
                < 0xF0 => Tail(bytes, i, 2, bytes[i] & 0x0F),
                _ => Tail(bytes, i, 3, bytes[i] & 0x07),
            };
            i += bytes[i] switch { < 0xC0 => 1, < 0xE0 => 2, < 0xF0 => 3, _ => 4 };
            if (c < 0x10000)
            {
                text[used++] = (char)c;
                continue;
            }

            text[used++] = (char)(0xD800 + (((c - 0x10000) >> 10) & 0x3FF));
            text[used++] = (char)(0xDC00 + ((c - 0x10000) & 0x3FF));
        }

        return new string(text, 0, used);
    }

    private static int EncodeWide(int c, Span<byte> bytes)
    {
        if (c < 0x800)
        {
            bytes[0] = (byte)(0xC0 | (c >> 6));
            bytes[1] = Continuation(c);
            return 2;
        }

        if (c < 0x10000)
        {
            bytes[0] = (byte)(0xE0 | (c >> 12));
            bytes[1] = Continuation(c >> 6);
            bytes[2] = Continuation(c);
            return 3;
        }

        bytes[0] = (byte)(0xF0 | (c >> 18));
        bytes[1] = Continuation(c >> 12);
        bytes[2] = Continuation(c >> 6);
        bytes[3] = Continuation(c);
        return 4;
    }

    private static byte Continuation(int c) => (byte)(0x80 | (c & 0x3F));

    private static int Tail(ReadOnlySpan<byte> bytes, int at, int count, int first)
    {
        for (var i = 1; i <= count; i++)
        {
            first = (first << 6) | (at + i < bytes.Length ? bytes[at + i] & 0x3F : 0);
        }

        return first;
    }
}
