using System.Text;

namespace Pmilter.Fuzz.Inputs;

/// <summary>What a sender writes who wants to be read as something else.</summary>
internal static class Nasty
{
    public static readonly string[] Texts =
    [
        "\0", "\r", "\n", "\r\n", "\r\n.\r\n", "\n ", "\r\n\tX: y", "\r\nBcc: all@example.jp\r\n\r\n", "%", "%%", "%s%n", "{mail_from}", "{{", "}", "${HOME}", "\u001b[31m", "\u001b]0;x\u0007", "\u009b2J",
        "\u202e", "\u2066", "\u200f", "\u2028", "\u2029", "\u0085", "\u000b", "\u000c", "\ufeff", "\ufffd", "\udc80", "\udcff", "\ud800", "\U0001F4E7", "é", "e\u0301", "日本", "İ", "ß", "＠", "．",
        "<", ">", "<>", "\"", "\\", "'", ":", ";", ",", "@", "=", "--", "(", "((((", "[", "*", "?", "..", "-", "xn--", "xn--80ak6aa92e", "=?utf-8?B?", "=?utf-8?Q?=0D=0A?=", "=?x-unknown?q?=FF?=",
        "0", "-1", "2147483647", "2147483648", "-9223372036854775808", "1e308", "1e999", "NaN", "Infinity", "0x7f", " ", "\t", "          ", "a", "example.jp", "192.0.2.1", "::ffff:192.0.2.1", "::1%eth0", "550 5.7.1 no",
    ];

    private static readonly byte[][] Bytes = [.. Texts.Select(text => Encoding.UTF8.GetBytes(text)), [0xff], [0x80], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x7f, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0xff], [0, 0, 0, 0], [0, 0, 0, 1]];

    /// <summary>Up to <paramref name="most"/> pieces in a row.</summary>
    public static string Text(Dice dice, int most = 6)
    {
        var text = new StringBuilder();
        for (var left = dice.Below(most + 1); left > 0; left--)
        {
            text.Append(dice.OneIn(4) ? ((char)dice.Below(0x180)).ToString() : dice.Of(Texts));
        }

        return text.ToString();
    }

    public static byte[] Piece(Dice dice) => dice.OneIn(4) ? dice.Bytes(dice.Below(5)) : dice.Of(Bytes);
}
