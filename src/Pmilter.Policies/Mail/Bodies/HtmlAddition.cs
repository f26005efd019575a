using System.Globalization;
using System.Net;
using System.Text;
using Pmilter.Policies.Evaluation.Changes;

namespace Pmilter.Policies.Mail.Bodies;

/// <summary>
/// Adds to an HTML part: inside its body element, or at the ends of a fragment. What is added is ASCII, other characters as references,
/// so that it is right in every charset.
/// </summary>
internal static class HtmlAddition
{
    public static byte[] Apply(byte[] html, IReadOnlyList<AddToBody> additions)
    {
        // Byte for byte: the marks that are looked for are ASCII in every charset of mail.
        var text = Encoding.Latin1.GetString(html);
        var top = AfterBodyTag(text);
        var bottom = BeforeEnd(text, top);
        var added = text[..top] + Joined(additions, BodyEnd.Top) + text[top..bottom] + Joined(additions, BodyEnd.Bottom) + text[bottom..];
        return Encoding.Latin1.GetBytes(added);
    }

    private static string Joined(IReadOnlyList<AddToBody> additions, BodyEnd end) =>
        string.Concat(additions.Where(a => a.End == end).Select(a => Ascii(a.Html ?? FromText(a.Text)) + "\r\n"));

    private static string FromText(string text) =>
        $"<p>{WebUtility.HtmlEncode(text.ReplaceLineEndings("\n").TrimEnd('\n')).Replace("\n", "<br>\r\n", StringComparison.Ordinal)}</p>";

    private static string Ascii(string html)
    {
        var ascii = new StringBuilder(html.Length);
        foreach (var rune in html.ReplaceLineEndings("\r\n").EnumerateRunes())
        {
            if (rune.IsAscii)
            {
                ascii.Append(rune);
            }
            else
            {
                ascii.Append(CultureInfo.InvariantCulture, $"&#{rune.Value};");
            }
        }

        return ascii.ToString();
    }

    private static int AfterBodyTag(string html)
    {
        var tag = html.IndexOf("<body", StringComparison.OrdinalIgnoreCase);
        while (tag >= 0 && ((tag + 5 < html.Length && char.IsAsciiLetterOrDigit(html[tag + 5])) || IsInComment(html, tag)))
        {
            tag = html.IndexOf("<body", tag + 5, StringComparison.OrdinalIgnoreCase);
        }

        var end = tag < 0 ? -1 : EndOfTag(html, tag);
        return end < 0 ? 0 : end + 1;
    }

    /// <summary>Who hides a body tag in a comment would hide with it what is added.</summary>
    private static bool IsInComment(string html, int at)
    {
        var open = html.LastIndexOf("<!--", at, StringComparison.Ordinal);
        return open >= 0 && html.IndexOf("-->", open, StringComparison.Ordinal) is var close && (close < 0 || close > at);
    }

    /// <summary>The &gt; of a tag; one inside a quoted attribute is none.</summary>
    private static int EndOfTag(string html, int from)
    {
        var quote = '\0';
        for (var i = from; i < html.Length; i++)
        {
            var c = html[i];
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '"' or '\'')
            {
                quote = c;
            }
            else if (c == '>')
            {
                return i;
            }
        }

        return -1;
    }

    private static int BeforeEnd(string html, int least)
    {
        foreach (var mark in (string[])["</body", "</html"])
        {
            var at = html.LastIndexOf(mark, StringComparison.OrdinalIgnoreCase);
            if (at >= least)
            {
                return at;
            }
        }

        return html.Length;
    }
}
