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
    [InlineData(".")]
    [InlineData("docs/examples/ruby")]
    [InlineData("docs/examples/redis")]
    [InlineData("docs/examples/notify")]
    [InlineData("docs/examples/cookbook")]
    [InlineData("docs/examples/tutorial")]
    [InlineData("docs/examples/from-other-filters")]
    public async Task Sites_InTheRepository_HaveNothingToReport(string site)
    {
        var run = await CommandRun.OfAsync("check", "-c", Path.Combine(SourceTree.Root, site, "pmilter.yaml"));

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Output));
    }

    [Theory]
    [InlineData("policies")]
    [InlineData("docs/examples/notify/policies")]
    [InlineData("docs/examples/cookbook/policies")]
    [InlineData("docs/examples/tutorial/policies")]
    [InlineData("docs/examples/from-other-filters/policies")]
    public void Policies_ThatAreShipped_HaveATestFileEach(string folder)
    {
        var policies = Directory.EnumerateFiles(Path.Combine(SourceTree.Root, folder), "*.yaml").Select(Path.GetFileName).Order(StringComparer.Ordinal);

        Assert.Equal(policies, Directory.EnumerateFiles(Path.Combine(SourceTree.Root, folder, "tests"), "*.yaml").Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(".", 100)]
    [InlineData("docs/examples/notify", 100)]
    [InlineData("docs/examples/cookbook", 100)]
    [InlineData("docs/examples/tutorial", 100)]
    [InlineData("docs/examples/from-other-filters", 90)] // a test cannot send 100 MB
    public async Task Policies_ThatAreShipped_PassTheirTestsWhichReachTheirRules(string site, int percent)
    {
        var run = await CommandRun.OfAsync("test", "-c", Path.Combine(SourceTree.Root, site, "pmilter.yaml"), "--min-coverage", $"{percent}");

        Assert.True(run.ExitCode == 0, run.Output);
    }

    [Fact]
    public void Cookbook_ShowsItsPoliciesWholeAndInOrder()
    {
        var page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "cookbook.md"));
        var shown = YamlBlock().Matches(page).Select(block => (block.Groups["file"].Value, block.Groups["yaml"].Value + "\n"));
        var files = Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "docs/examples/cookbook/policies"), "*.yaml").Order(StringComparer.Ordinal);

        Assert.Equal(files.Select(file => (Path.GetRelativePath(SourceTree.Root, file), WithoutModeline(File.ReadAllText(file)))), shown);
    }

    [Fact]
    public async Task Reference_InTheDocuments_IsTheProgramsOwn()
    {
        var run = await CommandRun.OfAsync("docs");

        Assert.Equal(run.Output, File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "reference.md")));
    }

    /// <summary>What the first line tells editors is of no use to readers.</summary>
    private static string WithoutModeline(string text) => text[(text.IndexOf('\n', StringComparison.Ordinal) + 1)..];

    [GeneratedRegex(@"(<!-- file: (?<file>\S+) -->\n+)?```yaml\n(?<yaml>.*?)\n```", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex YamlBlock();

    [GeneratedRegex(@"\]\((?!https?:|#|mailto:)(?<path>[^)#\s]+)", RegexOptions.ExplicitCapture)]
    private static partial Regex Link();
}
