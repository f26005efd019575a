using System.Globalization;
using System.Text.RegularExpressions;
using Pmilter.Protocol.Replies;

namespace Pmilter.Protocol.Tests.Kit;

/// <summary>Verdicts from words.</summary>
internal static class Words
{
    /// <summary><c>451 4.7.1 later</c>, lines joined by CRLF.</summary>
    public static Verdict Refusal(string text)
    {
        var lines = text.Split("\r\n").Select(l => Regex.Match(l, @"^(\d{3})[ -](?:([245]\.\d{1,3}\.\d{1,3}) )?(.*)$")).ToList();
        var code = int.Parse(lines[0].Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.True(SmtpReply.TryCreate(code, lines[0].Groups[2].Value, [.. lines.Select(l => l.Groups[3].Value)], out var reply, out var error), error);
        return code >= 500 ? Verdict.Reject(reply) : Verdict.Tempfail(reply);
    }

    public static Verdict Parse(string text) => text.Split(' ')[0] switch
    {
        "continue" => Verdict.Continue,
        "accept" => Verdict.Accept,
        "discard" => Verdict.Discard,
        "skip" => Verdict.Skip,
        "reject" when text.Length > 7 => Refusal(text[7..]),
        "tempfail" when text.Length > 9 => Refusal(text[9..]),
        "reject" => Verdict.Reject(),
        "tempfail" => Verdict.Tempfail(),
        _ => throw new FormatException($"'{text}' is no verdict."),
    };
}
