using System.Buffers;
using System.Text;

namespace Pmilter.Policies.Mail.Headers;

/// <summary>
/// RFC 2047: <c>=?iso-2022-jp?B?…?=</c>. Bytes of neighbouring words in one charset are joined before they are decoded, since mailers
/// split characters between words. What is malformed, or in a charset that nobody knows, stays as written.
/// </summary>
internal static class EncodedWords
{
    public static string Decode(string text)
    {
        var start = text.IndexOf("=?", StringComparison.Ordinal);
        if (start < 0)
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        var pending = new ArrayBufferWriter<byte>();
        Encoding? charset = null;
        var position = 0;
        while (position < text.Length)
        {
            var next = text.IndexOf("=?", position, StringComparison.Ordinal);
            if (next < 0)
            {
                break;
            }

            if (!TryReadWord(text, next, out var word))
            {
                Flush(result, pending, charset);
                charset = null;
                result.Append(text, position, next + 2 - position);
                position = next + 2;
                continue;
            }

            // White space between two encoded words is not shown (RFC 2047 6.2).
            var between = text.AsSpan(position, next - position);
            if (charset is null || !between.IsWhiteSpace())
            {
                Flush(result, pending, charset);
                result.Append(between);
            }
            else if (!ReferenceEquals(charset, word.Charset))
            {
                Flush(result, pending, charset);
            }

            charset = word.Charset;
            pending.Write(word.Bytes);
            position = word.End;
        }

        Flush(result, pending, charset);
        return result.Append(text, position, text.Length - position).ToString();
    }

    private static void Flush(StringBuilder result, ArrayBufferWriter<byte> pending, Encoding? charset)
    {
        if (charset is not null && pending.WrittenCount > 0)
        {
            result.Append(charset.GetString(pending.WrittenSpan));
        }

        pending.ResetWrittenCount();
    }

    private static bool TryReadWord(string text, int start, out (Encoding Charset, byte[] Bytes, int End) word)
    {
        word = default;
        var first = text.IndexOf('?', start + 2);
        if (first < 0 || first + 2 >= text.Length || text[first + 2] != '?')
        {
            return false;
        }

        var end = text.IndexOf("?=", first + 3, StringComparison.Ordinal);
        if (end < 0)
        {
            return false;
        }

        var encoded = text.AsSpan(first + 3, end - first - 3);
        var name = text.AsSpan(start + 2, first - start - 2);
        var star = name.IndexOf('*'); // a language tag: RFC 2231 5
        var charset = Charsets.Find((star < 0 ? name : name[..star]).ToString());
        var bytes = text[first + 1] switch
        {
            'B' or 'b' => Base64(encoded),
            'Q' or 'q' => Quoted(encoded),
            _ => null,
        };
        if (charset is null || bytes is null)
        {
            return false;
        }

        word = (charset, bytes, end + 2);
        return true;
    }

    private static byte[]? Base64(ReadOnlySpan<char> encoded)
    {
        var text = encoded.TrimEnd('=').ToString();
        var padded = text.Length % 4 == 0 ? text : text + new string('=', 4 - (text.Length % 4));
        var bytes = new byte[padded.Length];
        return Convert.TryFromBase64String(padded, bytes, out var written) ? bytes[..written] : null;
    }

    private static byte[]? Quoted(ReadOnlySpan<char> encoded)
    {
        var bytes = new ArrayBufferWriter<byte>(encoded.Length + 1);
        for (var i = 0; i < encoded.Length; i++)
        {
            var c = encoded[i];
            if (c == '=' && i + 2 < encoded.Length && char.IsAsciiHexDigit(encoded[i + 1]) && char.IsAsciiHexDigit(encoded[i + 2]))
            {
                bytes.Write([Convert.FromHexString(encoded.Slice(i + 1, 2))[0]]);
                i += 2;
            }
            else if (c >= 0x80)
            {
                return null;
            }
            else
            {
                bytes.Write([c == '_' ? (byte)' ' : (byte)c]);
            }
        }

        return bytes.WrittenSpan.ToArray();
    }
}
