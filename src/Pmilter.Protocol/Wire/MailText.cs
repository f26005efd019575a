using System.Text;

namespace Pmilter.Protocol.Wire;

/// <summary>
/// Mail is bytes. This is the lossless way between them and strings: valid UTF-8 becomes its characters, any other byte 0xNN
/// becomes the lone surrogate U+DCNN, and back. ASCII costs one pass.
/// </summary>
public static class MailText
{
    private const char EscapeBase = '\uDC00';

    /// <summary>Decodes without loss; never fails.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return string.Empty;
        }

        if (Ascii.IsValid(bytes))
        {
            return Encoding.ASCII.GetString(bytes);
        }

        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var consumed);
            if (status == System.Buffers.OperationStatus.Done)
            {
                text.Append(rune);
                bytes = bytes[consumed..];
                continue;
            }

            text.Append((char)(EscapeBase + bytes[0]));
            bytes = bytes[1..];
        }

        return text.ToString();
    }

    /// <summary>Whether bytes stand in it that were no UTF-8.</summary>
    public static bool HasRawBytes(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Encodes what <see cref="Decode"/> made to the very same bytes; other text to UTF-8, a lone surrogate to '?'.</summary>
    public static byte[] Encode(string text)
    {
        if (Ascii.IsValid(text))
        {
            return Encoding.ASCII.GetBytes(text);
        }

        var bytes = new List<byte>(text.Length);
        Span<byte> utf8 = stackalloc byte[4];
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c < 0x80)
            {
                bytes.Add((byte)c);
            }
            else if (c is >= (char)(EscapeBase + 0x80) and <= (char)(EscapeBase + 0xFF))
            {
                bytes.Add((byte)(c - EscapeBase));
            }
            else if (Rune.TryGetRuneAt(text, i, out var rune))
            {
                var length = rune.EncodeToUtf8(utf8);
                bytes.AddRange(utf8[..length]);
                i += rune.Utf16SequenceLength - 1;
            }
            else
            {
                bytes.Add((byte)'?');
            }
        }

        return [.. bytes];
    }
}
