using System.Globalization;
using System.Text;

namespace Pmilter.Policies.Binding;

/// <summary>Makes what a stranger wrote fit for a reply, a header or a log line.</summary>
internal static class CleanText
{
    /// <summary>Without control and direction characters, at most so many characters, never half of one; bytes that are no text become '?'.</summary>
    public static void Append(string value, int maxCharacters, StringBuilder text)
    {
        var left = maxCharacters;
        for (var i = 0; i < value.Length && left > 0; i++)
        {
            if (!Rune.TryGetRuneAt(value, i, out var rune))
            {
                text.Append('?');
                left--;
                continue;
            }

            i += rune.Utf16SequenceLength - 1;
            if (rune.Utf16SequenceLength > left)
            {
                return;
            }

            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                continue;
            }

            text.Append(value, i + 1 - rune.Utf16SequenceLength, rune.Utf16SequenceLength);
            left -= rune.Utf16SequenceLength;
        }
    }

    /// <summary>Other characters become one '?' each.</summary>
    public static string ToAscii(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        var ascii = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            ascii.Append(rune.IsAscii ? (char)rune.Value : '?');
        }

        return ascii.ToString();
    }
}
