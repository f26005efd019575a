using Pmilter.Telemetry;
using Serilog.Events;
using Serilog.Parsing;

namespace Pmilter.Tests.Telemetry;

public sealed class LineFormatterTests
{
    [Theory]
    [InlineData("a\r\nJan 1 00:00:00 mx pmilter: forged", "a??Jan 1 00:00:00 mx pmilter: forged")]
    [InlineData("\u001b[2J\u009b1m\0\b", "?[2J?1m??")]
    [InlineData("\u202eexe.txt\u2066\u200f", "?exe.txt??")]
    [InlineData("a\u2028b\u2029c\u0085d", "a?b?c?d")]
    [InlineData("100 % {Sender} {0}", "100 % {Sender} {0}")]
    [InlineData("日本 é", "日本 é")]
    public void Value_OfASender_StaysInItsLine(string value, string expected)
    {
        var template = new MessageTemplateParser().Parse("{Sender}");
        var line = new LogEvent(DateTimeOffset.UnixEpoch, LogEventLevel.Information, new InvalidOperationException(value), template, [new LogEventProperty("Sender", new ScalarValue(value))]);
        using var output = new StringWriter();

        new LineFormatter(isJournal: true).Format(line, output);

        var lines = output.ToString().Split('\n');
        Assert.Equal($"<5>{expected}", lines[0]);
        Assert.DoesNotContain(string.Concat(lines), c => char.IsControl(c) || c is '\u202e' or '\u2028');
    }

    [Theory]
    [InlineData(false, "2026-03-02T10:41:07.000+00:00 notice mail from a?b\n")]
    [InlineData(true, "<5>mail from a?b\n")]
    public void Event_AsText_IsOneLineWithoutQuotes(bool isJournal, string expected)
    {
        var time = new DateTimeOffset(2026, 3, 2, 10, 41, 7, TimeSpan.Zero);
        var template = new MessageTemplateParser().Parse("mail from {Sender}");
        var line = new LogEvent(time, LogEventLevel.Information, null, template, [new LogEventProperty("Sender", new ScalarValue("a\nb"))]);
        using var output = new StringWriter();

        new LineFormatter(isJournal).Format(line, output);

        Assert.Equal(expected, output.ToString());
    }

    [Fact]
    public void Words_OfSyslog_ReachTheirLevelAndBack() =>
        Assert.All(["crit", "error", "warning", "notice", "info", "debug"], word => Assert.Equal(word, LogLevels.Word(LogLevels.Parse(word))));
}
