using System.Text;

namespace Pmilter.Policies.Text;

/// <summary>
/// Text in normalisation form C (Unicode annex 15): an ä is one ä, whether its sender wrote one character or a letter and dots.
/// Needs ICU; with invariant globalisation it would silently answer its input.
/// </summary>
public static class NormalText
{
    /// <summary>The platform's normaliser refuses the whole text for it.</summary>
    private const char Refused = '\uFFFE';

    /// <summary>Never throws. A byte that is not UTF-8 (a lone surrogate here) stays, and what stands around it is composed all the same.</summary>
    public static string Compose(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        if (NextBreak(text, 0) == text.Length)
        {
            return ComposeWhole(text);
        }

        var composed = new StringBuilder(text.Length);
        for (var start = 0; start < text.Length; start++)
        {
            var end = NextBreak(text, start);
            composed.Append(ComposeWhole(text[start..end]));
            if (end < text.Length)
            {
                composed.Append(text[end]);
            }

            start = end;
        }

        return composed.ToString();
    }

    private static string ComposeWhole(string text)
    {
        try
        {
            return text.IsNormalized() ? text : text.Normalize();
        }
        catch (ArgumentException)
        {
            // A code point that this ICU refuses.
            return text;
        }
    }

    private static int NextBreak(string text, int from)
    {
        for (var i = from; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]) || text[i] == Refused)
            {
                return i;
            }
        }

        return text.Length;
    }
}
