using Pmilter.Commands;
using Pmilter.Screen;

namespace Pmilter.Tests.Commands;

/// <summary>One run of the command line: what it printed and how it ended.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    public static Task<CommandRun> OfAsync(params string[] arguments) => OnAsync(TerminalTraits.Redirected, arguments);

    /// <summary>On a made-up terminal.</summary>
    public static async Task<CommandRun> OnAsync(TerminalTraits traits, params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var exitCode = await CommandLine.RunAsync(arguments, new Terminal(output, error, traits), CancellationToken.None);
        return new CommandRun(exitCode, output.ToString(), error.ToString());
    }
}

/// <summary>A folder with a configuration and policies; removed at the end.</summary>
internal sealed class SiteFolder : IDisposable
{
    public SiteFolder(string configuration = "", params (string Name, string Text)[] policies)
    {
        Directory.CreateDirectory(Path.Combine(Root, "policies"));
        File.WriteAllText(Configuration, configuration);
        foreach (var (name, text) in policies)
        {
            File.WriteAllText(Path.Combine(Root, "policies", name), text);
        }
    }

    public string Root { get; } = Path.Combine(Path.GetTempPath(), $"pmilter-site-{Guid.NewGuid():N}");

    public string Configuration => Path.Combine(Root, "pmilter.yaml");

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
