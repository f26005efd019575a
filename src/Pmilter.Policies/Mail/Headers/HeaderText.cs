using System.Text;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Mail.Headers;

/// <summary>What a reader sees of a header: unfolded, trimmed, encoded words decoded, in NFC.</summary>
internal static class HeaderText
{
    public static string Read(string raw) => NormalText.Compose(EncodedWords.Decode(Unfold(raw)));

    /// <summary>Line ends of folding go, the white space behind them stays (RFC 5322 2.2.3).</summary>
    public static string Unfold(string raw)
    {
        if (raw.AsSpan().IndexOfAny('\r', '\n') < 0)
        {
            return raw.Trim();
        }

        var text = new StringBuilder(raw.Length);
        foreach (var c in raw)
        {
            if (c is not ('\r' or '\n'))
            {
                text.Append(c);
            }
        }

        return text.ToString().Trim();
    }
}
