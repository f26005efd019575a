using System.Globalization;
using System.Text;

namespace Pmilter.Policies.Text;

/// <summary>Source text for a terminal: tabs as blanks, control and invisible characters as harmless signs, widths known.</summary>
public static class DisplayText
{
    private const int TabStop = 4;

    /// <summary>Appends the text and answers how many columns it takes, beginning at a column.</summary>
    public static int Append(StringBuilder output, ReadOnlySpan<char> text, int column)
    {
        var start = column;
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == '\t')
            {
                var blanks = TabStop - (column % TabStop);
                output.Append(' ', blanks);
                column += blanks;
                continue;
            }

            var shown = Harmless(rune);
            output.Append(shown.ToString());
            column += WidthOf(shown);
        }

        return column - start;
    }

    /// <summary>For messages, which quote what the author wrote.</summary>
    public static string Clean(string text)
    {
        var output = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            output.Append(Harmless(rune).ToString());
        }

        return output.ToString();
    }

    /// <summary>How many columns a harmless text takes.</summary>
    public static int WidthOf(string text)
    {
        var width = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            width += WidthOf(rune);
        }

        return width;
    }

    private static Rune Harmless(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control when rune.Value < 0x20 => new Rune(0x2400 + rune.Value),
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => Rune.ReplacementChar,
        _ => rune,
    };

    private static int WidthOf(Rune rune)
    {
        if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark)
        {
            return 0;
        }

        return rune.Value switch
        {
            >= 0x1100 and <= 0x115f or >= 0x2e80 and <= 0x303e or >= 0x3041 and <= 0xa4cf or >= 0xac00 and <= 0xd7a3 or >= 0xf900 and <= 0xfaff => 2,
            >= 0xfe30 and <= 0xfe6f or >= 0xff00 and <= 0xff60 or >= 0xffe0 and <= 0xffe6 or >= 0x1f300 and <= 0x1faff or >= 0x20000 and <= 0x3fffd => 2,
            _ => 1,
        };
    }
}
