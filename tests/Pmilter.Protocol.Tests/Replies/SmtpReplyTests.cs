using Pmilter.Protocol.Replies;

namespace Pmilter.Protocol.Tests.Replies;

public sealed class SmtpReplyTests
{
    [Theory]
    [InlineData(451, "4.7.1", "later")]
    [InlineData(550, "", "no")]
    [InlineData(550, "5.123.999", "")]
    [InlineData(421, "4.3.2", "100%")]
    public void TryCreate_Good_Made(int code, string enhanced, string line)
    {
        Assert.True(SmtpReply.TryCreate(code, enhanced, [line], out var reply, out var error));
        Assert.Null(error);
        Assert.Equal((code, enhanced, line), (reply.Code, reply.EnhancedCode, reply.Lines[0]));
    }

    [Theory]
    [InlineData(250, "", "x", "The reply code is 250; expected 400 to 599.")]
    [InlineData(600, "", "x", "The reply code is 600; expected 400 to 599.")]
    [InlineData(550, "4.7.1", "x", "The enhanced code is '4.7.1' and the reply code 550; expected the same first digit, 5.")]
    [InlineData(550, "2.7.1", "x", "The enhanced code is '2.7.1' and the reply code 550; expected the same first digit, 5.")]
    [InlineData(550, "5.7", "x", "The enhanced code is '5.7'; expected 5.N.N")]
    [InlineData(550, "5.7.1234", "x", "expected 5.N.N")]
    [InlineData(550, "5.7.", "x", "expected 5.N.N")]
    [InlineData(550, "5.7.1 ", "x", "expected 5.N.N")]
    [InlineData(550, "6.7.1", "x", "expected 5.N.N")]
    [InlineData(550, "5.7.1", "a\nb", "Line 1 of the reply holds CR, LF or NUL")]
    [InlineData(550, "5.7.1", "a\0b", "Line 1 of the reply holds CR, LF or NUL")]
    public void TryCreate_Bad_SaysWhatWasFoundAndExpected(int code, string enhanced, string line, string expected)
    {
        Assert.False(SmtpReply.TryCreate(code, enhanced, [line], out var reply, out var error));
        Assert.Null(reply);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void TryCreate_Limits_LinesAndBytes()
    {
        Assert.True(SmtpReply.TryCreate(550, "", [.. Enumerable.Repeat("x", 32)], out _, out _));
        Assert.False(SmtpReply.TryCreate(550, "", [.. Enumerable.Repeat("x", 33)], out _, out var tooMany));
        Assert.Contains("33 lines; expected 1 to 32", tooMany, StringComparison.Ordinal);
        Assert.False(SmtpReply.TryCreate(550, "", [], out _, out _));
        Assert.True(SmtpReply.TryCreate(550, "", [new string('ä', 490)], out _, out _));
        Assert.False(SmtpReply.TryCreate(550, "", ["ok", new string('ä', 491)], out _, out var tooLong));
        Assert.Contains("Line 2 of the reply has 982 bytes; expected at most 980", tooLong, StringComparison.Ordinal);
    }

    [Fact]
    public void Verdict_WrongClass_Refused()
    {
        Assert.True(SmtpReply.TryCreate(451, "", ["x"], out var later, out _));
        Assert.Throws<ArgumentException>(() => Verdict.Reject(later));
        Assert.Equal(VerdictKind.Tempfail, Verdict.Tempfail(later).Kind);
    }
}
