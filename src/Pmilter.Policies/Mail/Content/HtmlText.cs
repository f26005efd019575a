using System.Text;
using MimeKit.Text;

namespace Pmilter.Policies.Mail.Content;

/// <summary>What a reader sees of HTML: without tags, comments, scripts and styles; white space is one space, blocks begin a line.</summary>
internal static class HtmlText
{
    public static string Read(string html)
    {
        var text = new StringBuilder(html.Length / 2);
        var tokens = new HtmlTokenizer(new StringReader(html)) { DecodeCharacterReferences = true };
        var hidden = HtmlTagId.Unknown;
        while (tokens.ReadNextToken(out var token))
        {
            switch (token)
            {
                case HtmlTagToken { IsEndTag: false, IsEmptyElement: false, Id: HtmlTagId.Style or HtmlTagId.Title or HtmlTagId.Script } opened when hidden == HtmlTagId.Unknown:
                    hidden = opened.Id == HtmlTagId.Title ? HtmlTagId.Unknown : opened.Id;
                    break;
                case HtmlTagToken { IsEndTag: true } closed when hidden != HtmlTagId.Unknown:
                    hidden = closed.Id == hidden ? HtmlTagId.Unknown : hidden;
                    break;
                case HtmlTagToken tag when hidden == HtmlTagId.Unknown && BeginsLine(tag.Id):
                    EndLine(text);
                    break;
                case HtmlDataToken data when hidden == HtmlTagId.Unknown && data.Kind != HtmlTokenKind.ScriptData:
                    Append(text, data.Data);
                    break;
                default:
                    break;
            }
        }

        return text.ToString();
    }

    private static bool BeginsLine(HtmlTagId tag) => tag is HtmlTagId.Address or HtmlTagId.BlockQuote or HtmlTagId.Br or HtmlTagId.Center or HtmlTagId.DD or HtmlTagId.Div
        or HtmlTagId.DL or HtmlTagId.DT or HtmlTagId.H1 or HtmlTagId.H2 or HtmlTagId.H3 or HtmlTagId.H4 or HtmlTagId.H5 or HtmlTagId.H6 or HtmlTagId.HR
        or HtmlTagId.LI or HtmlTagId.OL or HtmlTagId.P or HtmlTagId.Pre or HtmlTagId.Table or HtmlTagId.TD or HtmlTagId.TH or HtmlTagId.TR or HtmlTagId.UL;

    private static void EndLine(StringBuilder text)
    {
        if (text.Length > 0 && text[^1] == ' ')
        {
            text.Length--;
        }

        if (text.Length > 0 && text[^1] != '\n')
        {
            text.Append('\n');
        }
    }

    private static void Append(StringBuilder text, string data)
    {
        foreach (var c in data)
        {
            if (!char.IsWhiteSpace(c))
            {
                text.Append(c);
            }
            else if (text.Length > 0 && text[^1] is not (' ' or '\n'))
            {
                text.Append(' ');
            }
        }
    }
}
