using Microsoft.Extensions.Time.Testing;
using Pmilter.Commands;
using Pmilter.Screen;

namespace Pmilter.Tests.Screen;

public sealed class ProgressTests : IDisposable
{
    private static readonly TerminalTraits Watched = new() { IsErrorTerminal = true, Width = 80 };

    private readonly FakeTimeProvider _time = new();
    private readonly StringWriter _error = new() { NewLine = "\n" };

    public void Dispose() => _error.Dispose();

    [Fact]
    public void Progress_AfterAWhile_ShowsBarShareRateAndTimeLeft()
    {
        var terminal = Of(Watched with { IsColourless = true });

        terminal.Progress(0, 10_000, "messages");
        _time.Advance(TimeSpan.FromSeconds(2));
        terminal.Progress(2500, 10_000, "messages");

        Assert.Equal("██████░░░░░░░░░░░░░░░░░░  25 %  2,500 of 10,000 messages  1,250/s  6s left", _error.ToString());
    }

    [Fact]
    public void Progress_AtTheEnd_IsErased()
    {
        var terminal = Of(Watched);

        terminal.Progress(0, 10, "tests");
        _time.Advance(TimeSpan.FromSeconds(1));
        terminal.Progress(5, 10, "tests");
        terminal.Progress(10, 10, "tests");

        Assert.Matches("\r +\r$", _error.ToString());
    }

    [Fact]
    public void Progress_BeforeAResultIsWritten_IsErased()
    {
        var output = new StringWriter();
        var terminal = Of(Watched, output);

        terminal.Progress(0, 10, "tests");
        _time.Advance(TimeSpan.FromSeconds(1));
        terminal.Progress(5, 10, "tests");
        terminal.Output.WriteLine("FAILED");

        Assert.Matches("\r +\r$", _error.ToString());
        Assert.Equal("FAILED", output.ToString().TrimEnd());
    }

    [Fact]
    public void Progress_IsDrawnTenTimesASecond()
    {
        var terminal = Of(Watched);

        for (var done = 0; done < 1000; done++)
        {
            terminal.Progress(done, 1000, "messages");
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(9, _error.ToString().Split("of 1,000").Length - 1);
    }

    [Fact]
    public void Progress_OnANarrowTerminal_StaysOnTheLine()
    {
        var terminal = Of(Watched with { Width = 40, IsColourless = true });

        terminal.Progress(0, 10, "messages");
        _time.Advance(TimeSpan.FromSeconds(1));
        terminal.Progress(5, 10, "messages");

        Assert.Equal(39, _error.ToString().Length);
    }

    [Fact]
    public void Progress_WhereNobodyLooks_ShowsNothing()
    {
        foreach (var traits in new[] { TerminalTraits.Redirected, Watched with { IsDumb = true }, new() { IsOutputTerminal = true } })
        {
            var terminal = Of(traits);
            terminal.Progress(0, 10, "messages");
            _time.Advance(TimeSpan.FromSeconds(1));
            terminal.Progress(5, 10, "messages");
        }

        Assert.Empty(_error.ToString());
    }

    private Terminal Of(TerminalTraits traits, TextWriter? output = null) => new(output ?? TextWriter.Null, _error, traits, _time);
}
