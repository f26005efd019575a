using Pmilter.Telemetry;
using Serilog.Events;
using Serilog.Parsing;

namespace Pmilter.Tests.Telemetry;

public sealed class LineFormatterTests
{
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
