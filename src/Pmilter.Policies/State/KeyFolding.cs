using System.Text;

namespace Pmilter.Policies.State;

/// <summary>Makes texts one that conditions call equal (ordinal, ignoring case), and only those.</summary>
public static class KeyFolding
{
    /// <summary>Stands between the parts of a key.</summary>
    public const char Separator = '\u001F';

    /// <summary>A key as a person writes it, part by part.</summary>
    public static string Join(IEnumerable<string> parts) => string.Join(Separator, parts.Select(Fold));

    public static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        Append(text, folded);
        return folded.ToString();
    }

    public static string[] Split(string key) => key.Split(Separator);

    public static void Append(string text, StringBuilder key)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c < 0x80)
            {
                // The separator of parts must not come from a value.
                key.Append(c == Separator ? ' ' : char.ToLowerInvariant(c));
            }
            else if (char.IsHighSurrogate(c) && Rune.TryGetRuneAt(text, i, out var rune))
            {
                key.Append(Rune.ToUpperInvariant(rune).ToString());
                i++;
            }
            else
            {
                // Ordinal comparison folds upwards and never into ASCII: the Kelvin sign is not k, the long s not s.
                var upper = char.ToUpperInvariant(c);
                key.Append(upper < 0x80 ? c : upper);
            }
        }
    }
}
