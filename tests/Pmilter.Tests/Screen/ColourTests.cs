using System.Text.Json;
using System.Text.RegularExpressions;
using Pmilter.Screen;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Screen;

/// <summary>What a terminal shows: the text that a pipe gets, with colours.</summary>
public sealed partial class ColourTests : IDisposable
{
    private const string Policy = """
        policy: demo
        counters:
          all: { phase: eoh, count: messages, key: [mail_from], window: 10s }
        rules:
          - { id: partner, phase: mail, when: "mail_from_domain = 'partner.example'", then: [accept] }
          - { id: watched, phase: eoh, mode: monitor, when: "contains(subject, 'red')", then: [reject] }
          - { id: limited, phase: eoh, limit: { counter: all, max: 3 }, then: [tempfail] }
          - { id: stamp, phase: eom, then: [{ add_header: { name: X-Subject, value: '{subject}' } }] }
        """;

    private const string PolicyTests = """
        tests:
          - name: one is let through
            send: [{ mail_from: a@b.example, expect: { verdict: tempfail } }]
          - name: a partner is let through
            send: [{ mail_from: a@partner.example, expect: { verdict: accept } }]
        """;

    private static readonly TerminalTraits Screen = new() { IsOutputTerminal = true, IsErrorTerminal = true, Width = 200 };

    private readonly SiteFolder _site = new("", ("10-demo.yaml", Policy));

    public ColourTests()
    {
        Directory.CreateDirectory(Path.Combine(_site.Root, "policies", "tests"));
        File.WriteAllText(Path.Combine(_site.Root, "policies", "tests", "10-demo.yaml"), PolicyTests);
    }

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("rules")]
    [InlineData("simulate", "--repeat", "5", "--from", "a@b.example")]
    [InlineData("simulate", "--repeat", "2", "--header", "Subject: [red]")]
    [InlineData("explain", "--from", "a@partner.example")]
    [InlineData("explain", "--header", "Subject: [red]bold[/] \u001b[31m \u202e")]
    [InlineData("check")]
    [InlineData("rules", "--help")]
    public async Task Verb_OnATerminal_ShowsInColoursWhatAPipeGets(params string[] words)
    {
        string[] arguments = [.. words, "-c", _site.Configuration];
        var piped = Timeless(await CommandRun.OfAsync(arguments));

        var shown = Timeless(await CommandRun.OnAsync(Screen, arguments));

        Assert.DoesNotContain('\u001b', piped.Output + piped.Error);
        Assert.Contains("\u001b[", shown.Output + shown.Error, StringComparison.Ordinal);
        Assert.Equal(piped, shown with { Output = Stripped(shown.Output), Error = Stripped(shown.Error) });
    }

    [Fact]
    public async Task Verdicts_HaveTheirColours()
    {
        var refused = await CommandRun.OnAsync(Screen, "simulate", "-c", _site.Configuration, "--repeat", "4", "--header", "Subject: red");
        var accepted = await CommandRun.OnAsync(Screen, "explain", "-c", _site.Configuration, "--from", "a@partner.example");

        Assert.Contains("\u001b[1mMESSAGES\u001b[0m", refused.Output, StringComparison.Ordinal);
        Assert.Contains("\u001b[91mtempfail\u001b[0m", refused.Output, StringComparison.Ordinal);
        Assert.Contains("\u001b[33mwould reject by watched\u001b[0m", refused.Output, StringComparison.Ordinal);
        Assert.Contains("\u001b[91mTEMPFAIL\u001b[0m       \u001b[1mlimited\u001b[0m", refused.Output, StringComparison.Ordinal);
        Assert.Contains("\u001b[32mACCEPT\u001b[0m         \u001b[1mpartner\u001b[0m", accepted.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfAMistake_ShowsItInRed_AndTheMendInGreen()
    {
        using var site = new SiteFolder("", ("10.yaml", Policy.Replace("mail_from_domain", "mail_form_domain", StringComparison.Ordinal)));

        var run = await CommandRun.OnAsync(Screen, "check", "-c", site.Configuration);

        Assert.Contains("\u001b[91merror\u001b[0m\u001b[2m PM", run.Output, StringComparison.Ordinal);
        Assert.Contains("\u001b[32m^^^^^^^^^^^^^^^^ did you mean 'mail_from_domain'?\u001b[0m", run.Output, StringComparison.Ordinal);
        Assert.Contains("\u001b[91m1 error.\u001b[0m Nothing would be loaded.", run.Error, StringComparison.Ordinal);
        Assert.Equal((await CommandRun.OfAsync("check", "-c", site.Configuration)).Output, Stripped(run.Output));
    }

    [Fact]
    public async Task Test_OfAFailure_ShowsItInRed()
    {
        var run = await CommandRun.OnAsync(Screen, "test", "-c", _site.Configuration);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("\u001b[91mFAILED\u001b[0m", run.Output, StringComparison.Ordinal);
        Assert.Contains("\u001b[32m1 passed\u001b[0m, \u001b[91m1 failed\u001b[0m;", run.Output, StringComparison.Ordinal);
        Assert.Contains("\u001b[33mnever fired:\u001b[0m", run.Output, StringComparison.Ordinal);
        Assert.Contains("found \u001b[91mcontinue\u001b[0m", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_AsJson_HasTotalsFailuresAndRulesThatNeverFired()
    {
        var run = await CommandRun.OnAsync(Screen, "test", "-c", _site.Configuration, "--format", "json");

        Assert.Equal(1, run.ExitCode);
        using var json = JsonDocument.Parse(run.Output);
        var root = json.RootElement;
        Assert.Equal((1, 1, 4, 2), (root.GetProperty("passed").GetInt32(), root.GetProperty("failed").GetInt32(), root.GetProperty("rules").GetInt32(), root.GetProperty("messages").GetInt32()));
        var failure = root.GetProperty("tests")[0].GetProperty("failures")[0];
        Assert.Equal(("verdict", "tempfail", "continue"), (failure.GetProperty("what").GetString(), failure.GetProperty("expected").GetString(), failure.GetProperty("found").GetString()));
        Assert.True(root.GetProperty("tests")[1].GetProperty("passed").GetBoolean());
        Assert.Equal("watched", root.GetProperty("never_fired")[0].GetProperty("rule").GetString());
    }

    [Fact]
    public async Task TextOfAMail_IsNoMarkup_AndMovesNoCursor()
    {
        foreach (var traits in new[] { Screen, Screen with { IsColourless = true }, TerminalTraits.Redirected })
        {
            var run = await CommandRun.OnAsync(traits, "explain", "-c", _site.Configuration, "--header", "Subject: [red]x[/] \u001b[2J\u009b2J");

            Assert.Contains("X-Subject: [red]x[/] ", Stripped(run.Output), StringComparison.Ordinal);
            Assert.DoesNotContain("\u001b[2J", run.Output, StringComparison.Ordinal);
            Assert.DoesNotContain('\u009b', run.Output);
        }
    }

    [Theory]
    [InlineData(false, "a␛[2J\ufffd:   no   |\n")]
    [InlineData(true, "a␛[2J\ufffd:   \u001b[91mno\u001b[0m   |\n")]
    public void Line_OfHostileText_IsHarmless_AndAlignedByWhatIsSeen(bool isColoured, string expected)
    {
        using var text = new StringWriter { NewLine = "\n" };
        using var page = new Page(text) { IsColoured = isColoured };

        page.Line($"a{"\u001b[2J\u009b"}: {Toned.Bad("no"),4}{string.Empty,3}|");

        Assert.Equal(expected, text.ToString());
    }

    [Theory]
    [InlineData("xterm-256color", null, "auto", true)]
    [InlineData("xterm-256color", "", "auto", true)]
    [InlineData("xterm-256color", "1", "auto", false)]
    [InlineData("dumb", null, "auto", false)]
    [InlineData("xterm-256color", null, "never", false)]
    [InlineData("dumb", "1", "always", true)]
    public async Task Terminal_ByItsEnvironmentAndTheOption_TakesColours(string terminal, string? noColor, string choice, bool expected)
    {
        var traits = Screen.In(name => name == "TERM" ? terminal : name == "NO_COLOR" ? noColor : null);

        var before = await CommandRun.OnAsync(traits, "--color", choice, "rules", "-c", _site.Configuration);
        var behind = await CommandRun.OnAsync(traits, "rules", "-c", _site.Configuration, $"--color={choice}");

        Assert.Equal(expected, before.Output.Contains('\u001b', StringComparison.Ordinal));
        Assert.Equal(before, behind);
    }

    [Fact]
    public async Task Pipe_WithColorAlways_HasColours_ButNotJson()
    {
        Assert.Contains('\u001b', (await CommandRun.OfAsync("rules", "-c", _site.Configuration, "--color", "always")).Output);
        Assert.DoesNotContain('\u001b', (await CommandRun.OfAsync("rules", "-c", _site.Configuration, "--color", "always", "--format", "json")).Output);
    }

    [Fact]
    public async Task Output_IsAPipeWhileErrorsAreSeen_OnlyErrorsHaveColours()
    {
        var run = await CommandRun.OnAsync(Screen with { IsOutputTerminal = false }, "check", "-c", _site.Configuration);

        Assert.DoesNotContain('\u001b', run.Output);
        Assert.Contains('\u001b', run.Error);
    }

    private static CommandRun Timeless(CommandRun run) => run with { Output = Times().Replace(run.Output, "TIME") };

    private static string Stripped(string text) => Escapes().Replace(text, string.Empty);

    [GeneratedRegex(@"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\d\d:\d\d:\d\d", RegexOptions.CultureInvariant)]
    private static partial Regex Times();

    [GeneratedRegex("\u001b\\[[0-9;]*m", RegexOptions.CultureInvariant)]
    private static partial Regex Escapes();
}
