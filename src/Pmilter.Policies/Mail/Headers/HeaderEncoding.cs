using System.Text;
using MimeKit;
using Pmilter.Protocol.Wire;

namespace Pmilter.Policies.Mail.Headers;

/// <summary>A header value that we write, as it may stand in a message.</summary>
internal static class HeaderEncoding
{
    /// <summary>RFC 5322 2.1.1: no line over 998 characters, the name in it.</summary>
    private const int LongestLine = 998;

    private const int GoodLine = 78;

    /// <summary>
    /// Beyond ASCII as encoded words (RFC 2047; in addresses only the display names), but in SMTPUTF8 mail and where raw bytes stand in it,
    /// which are the sender's; lines that are too long are folded at white space. Folds are LF and a space.
    /// </summary>
    public static string Encode(string name, string value, bool isSmtpUtf8)
    {
        if (!Ascii.IsValid(value) && !isSmtpUtf8 && !MailText.HasRawBytes(value))
        {
            return EncodedWords(name, value);
        }

        return value.Length + name.Length + 2 > LongestLine ? Fold(name, value) : value;
    }

    private static string EncodedWords(string name, string value)
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Unix;
        var header = new Header(Encoding.UTF8, name, string.Empty);
        header.SetValue(format, Encoding.UTF8, value);
        return Encoding.UTF8.GetString(header.RawValue).Trim();
    }

    private static string Fold(string name, string value)
    {
        var folded = new StringBuilder(value.Length + 16);
        var line = name.Length + 2;
        foreach (var word in value.Split(' '))
        {
            if (folded.Length > 0)
            {
                var fits = line + 1 + word.Length <= GoodLine || word.Length == 0;
                folded.Append(fits ? " " : "\n ");
                line = fits ? line + 1 : 1;
            }

            folded.Append(word);
            line = word.LastIndexOf('\n') is >= 0 and var at ? word.Length - at - 1 : line + word.Length;
        }

        return folded.ToString();
    }
}
