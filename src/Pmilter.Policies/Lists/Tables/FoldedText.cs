using System.Buffers;
using System.Text;
using Pmilter.Policies.State;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Lists.Tables;

/// <summary>
/// Text as the bytes that lists are made of: normalisation form C, folded as conditions compare (ordinal, ignoring case), UTF-8. Two
/// texts have the same bytes exactly when a list takes them for one.
/// </summary>
internal static class FoldedText
{
    /// <summary>Bytes that a lookup sets aside on the stack: addresses and domains of mail are shorter.</summary>
    public const int ScratchBytes = 512;

    /// <summary>U+1F82 and its like are four characters taken apart.</summary>
    private const int MostComposed = 4;

    private const int MostBytesAChar = 3;

    /// <summary>Whether a text of so many characters may fold to so few bytes.</summary>
    public static bool MayFit(int chars, int bytes) => chars / MostComposed <= bytes;

    /// <summary>The bytes, in <paramref name="scratch"/> where they fit.</summary>
    public static ReadOnlySpan<byte> Of(scoped ReadOnlySpan<char> text, Span<byte> scratch)
    {
        if (text.Length <= scratch.Length && Ascii.ToLower(text, scratch, out var length) == OperationStatus.Done)
        {
            return scratch[..length];
        }

        var folded = KeyFolding.Fold(NormalText.Compose(text.ToString()));
        var most = folded.Length * MostBytesAChar;
        var bytes = most <= scratch.Length ? scratch : new byte[most];
        return bytes[..Write(folded, bytes)];
    }

    /// <summary>A lone surrogate stands for a byte of the mail: it keeps its three bytes, so that no two texts become one.</summary>
    private static int Write(ReadOnlySpan<char> text, Span<byte> to)
    {
        var written = 0;
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out var rune, out var taken) == OperationStatus.Done)
            {
                written += rune.EncodeToUtf8(to[written..]);
            }
            else
            {
                to[written++] = (byte)(0xE0 | (text[0] >> 12));
                to[written++] = (byte)(0x80 | ((text[0] >> 6) & 0x3F));
                to[written++] = (byte)(0x80 | (text[0] & 0x3F));
            }

            text = text[taken..];
        }

        return written;
    }
}
