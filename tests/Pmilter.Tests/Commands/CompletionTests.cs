using System.Diagnostics;

namespace Pmilter.Tests.Commands;

/// <summary>The script in a real shell, with the program that was built.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("pmilter ch", "check")]
    [InlineData("pmilter sch", "schema")]
    [InlineData("pmilter schema s", "server")]
    [InlineData("pmilter check --f", "--format")]
    [InlineData("pmilter check --format s", "sarif")]
    [InlineData("pmilter counters t", "top")]
    [InlineData("pmilter check -c nothing-of-the-kind", "")]
    public async Task Bash_AfterSomeWords_CompletesTheLast(string line, string expected) => Assert.Equal(expected, await CompleteAsync(line));

    [Fact]
    public async Task Bash_AfterTheName_OffersVerbsButNoOddSpellingsOfHelp()
    {
        var words = (await CompleteAsync("pmilter ")).Split('\n');

        Assert.Contains("run", words);
        Assert.Contains("completion", words);
        Assert.Contains("--help", words);
        Assert.DoesNotContain("/?", words);
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _pmilter pmilter")]
    [InlineData("zsh", "#compdef pmilter")]
    [InlineData("fish", "complete -c pmilter")]
    public async Task Command_OfAShell_PrintsItsScript(string shell, string expected)
    {
        var run = await CommandRun.OfAsync("completion", shell);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(expected, run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', run.Output);
    }

    [Fact]
    public async Task Command_OfAnotherShell_EndsWithTwo() => Assert.Equal(2, (await CommandRun.OfAsync("completion", "csh")).ExitCode);

    /// <summary>What bash offers with the cursor behind the line, in its order.</summary>
    private static async Task<string> CompleteAsync(string line)
    {
        const string script = """
            set -u
            pmilter() { dotnet "$DLL" "$@"; }
            source <(pmilter completion bash)
            complete -p pmilter >/dev/null || exit 9
            COMP_LINE=$LINE COMP_POINT=${#LINE}
            read -ra COMP_WORDS <<<"$LINE"
            [[ $LINE == *' ' ]] && COMP_WORDS+=('')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _pmilter
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, UseShellExecute = false, ArgumentList = { "-c", script } };
        start.Environment["DLL"] = Path.Combine(AppContext.BaseDirectory, "pmilter.dll");
        start.Environment["LINE"] = line;
        using var bash = Process.Start(start) ?? throw new InvalidOperationException("There is no bash.");
        var output = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        Assert.Equal(0, bash.ExitCode);
        return output.Trim();
    }
}
