using System.Text.RegularExpressions;
using Pmilter.Policies.Compilation;
using Pmilter.Policies.Text;
using Pmilter.Server;
using Pmilter.Tests.Architecture;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Documentation;

/// <summary>What the documents show is what is in the repository, and it works.</summary>
public sealed partial class SampleTests
{
    public static TheoryData<string> Documents() => [.. Directory.EnumerateFiles(SourceTree.Root, "*.md")
        .Concat(Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "docs"), "*.md"))
        .Select(path => Path.GetRelativePath(SourceTree.Root, path))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Document_YamlBlock_StandsInTheFileThatItNames(string document)
    {
        var text = File.ReadAllText(Path.Combine(SourceTree.Root, document));
        foreach (Match block in YamlBlock().Matches(text))
        {
            var file = block.Groups["file"].Value;
            Assert.True(file.Length > 0, $"{document}: a yaml block lacks its <!-- file: … --> line:\n{block.Value}");
            Assert.Contains(block.Groups["yaml"].Value.Trim('\n'), File.ReadAllText(Path.Combine(SourceTree.Root, file)), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Document_RelativeLink_LeadsSomewhere(string document)
    {
        var folder = Path.GetDirectoryName(Path.Combine(SourceTree.Root, document))!;
        var links = Link().Matches(File.ReadAllText(Path.Combine(SourceTree.Root, document))).Select(link => link.Groups["path"].Value);
        Assert.All(links, link => Assert.True(Path.Exists(Path.Combine(folder, link)), $"{document} links to {link}"));
    }

    [Theory]
    [InlineData("docs/examples")]
    [InlineData("policies")]
    public void Samples_Compiled_HaveNothingToReport(string folder)
    {
        var diagnostics = new DiagnosticBag();
        var files = new PolicyFiles(diagnostics);
        var set = PolicyCompiler.Compile(files.ReadAll(Path.Combine(SourceTree.Root, folder)), files, new CompilerOptions { Now = DateTimeOffset.UnixEpoch }, diagnostics);
        Assert.Equal(string.Empty, DiagnosticRenderer.Render(diagnostics.All, DiagnosticFormat.Text));
        Assert.NotNull(set);
        Assert.NotEmpty(set.Rules);
    }

    [Theory]
    [InlineData("ruby")]
    [InlineData("redis")]
    public async Task Sites_OfTheDocuments_HaveNothingToReport(string site)
    {
        var folder = Path.Combine(SourceTree.Root, "docs/examples", site);
        var run = await CommandRun.OfAsync("check", "-c", Path.Combine(folder, "pmilter.yaml"));

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Output));
    }

    [Fact]
    public async Task Reference_InTheDocuments_IsTheProgramsOwn()
    {
        var run = await CommandRun.OfAsync("docs");

        Assert.Equal(run.Output, File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "reference.md")));
    }

    [GeneratedRegex(@"(<!-- file: (?<file>\S+) -->\n+)?```yaml\n(?<yaml>.*?)\n```", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex YamlBlock();

    [GeneratedRegex(@"\]\((?!https?:|#|mailto:)(?<path>[^)#\s]+)", RegexOptions.ExplicitCapture)]
    private static partial Regex Link();
}
