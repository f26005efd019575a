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
    private static IEnumerable<string> Pages => Directory.EnumerateFiles(SourceTree.Root, "*.md")
        .Concat(Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "docs"), "*.md"))
        .Select(path => Path.GetRelativePath(SourceTree.Root, path));

    public static TheoryData<string> Documents() => [.. Pages];

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
    [InlineData("docs/examples/auth")]
    [InlineData("docs/examples/notify")]
    [InlineData("docs/examples/safety")]
    [InlineData("docs/examples/monitoring")]
    [InlineData("docs/examples/page")]
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
    [InlineData("docs/examples/auth/policies")]
    [InlineData("docs/examples/notify/policies")]
    [InlineData("docs/examples/safety/policies")]
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
    [InlineData("docs/examples/auth", 100)]
    [InlineData("docs/examples/notify", 100)]
    [InlineData("docs/examples/safety", 100)]
    [InlineData("docs/examples/cookbook", 100)]
    [InlineData("docs/examples/tutorial", 100)]
    [InlineData("docs/examples/from-other-filters", 90)] // a test cannot send 100 MB
    public async Task Policies_ThatAreShipped_PassTheirTestsWhichReachTheirRules(string site, int percent)
    {
        var run = await CommandRun.OfAsync("test", "-c", Path.Combine(SourceTree.Root, site, "pmilter.yaml"), "--min-coverage", $"{percent}");

        Assert.True(run.ExitCode == 0, run.Output);
    }

    /// <summary>A revision changes with each edit of a policy: samples show none. How many policies and rules there are, they show as it is.</summary>
    [Fact]
    public void Samples_OfTheShippedPolicies_ShowNoRevision_AndCountThemRightly()
    {
        var diagnostics = new DiagnosticBag();
        var files = new PolicyFiles(diagnostics);
        var sources = files.ReadAll(Path.Combine(SourceTree.Root, "policies"));
        var rules = PolicyCompiler.Compile(sources, files, new CompilerOptions { Now = DateTimeOffset.UnixEpoch }, diagnostics)!.Rules.Count;
        var pages = Pages.Select(document => (Name: document, Text: File.ReadAllText(Path.Combine(SourceTree.Root, document)))).ToArray();

        Assert.All(pages, page => Assert.False(Revision().IsMatch(page.Text), $"{page.Name} shows '{Revision().Match(page.Text)}': write 'revision: …'"));
        var counts = pages.SelectMany(page => Counts().Matches(page.Text)).ToArray();
        Assert.NotEmpty(counts);
        Assert.All(counts, count => Assert.Equal($"policies: {sources.Count}, rules: {rules}", count.Value));
        Assert.Contains($"{sources.Count + 1} policies, {rules + 1} rules", File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "tutorial.md")), StringComparison.Ordinal);
    }

    /// <summary>It needs a file of autonomous systems and is shipped off; on, it does what its comment says.</summary>
    [Fact]
    public async Task HarvestingAsn_SwitchedOn_RefusesTheWholeAutonomousSystemAndNoOther()
    {
        var policy = (await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "policies", "80-directory-harvest.yaml"))).Replace("    mode: 'off'\n", string.Empty, StringComparison.Ordinal);
        using var site = new SiteFolder(string.Empty, ("80-directory-harvest.yaml", policy));
        var lists = Directory.CreateDirectory(Path.Combine(site.Root, "policies", "lists"));
        await File.WriteAllTextAsync(Path.Combine(lists.FullName, "partners.txt"), string.Empty);
        var tests = Directory.CreateDirectory(Path.Combine(site.Root, "policies", "tests"));
        await File.WriteAllTextAsync(Path.Combine(tests.FullName, "80-directory-harvest.yaml"), """
            message: { client_asn: 64500, mail_from: a@sender.example, rcpt_to: [bob@example.jp] }
            tests:
              - name: the 501st guess from anywhere in it keeps the autonomous system out
                policy: directory_harvest
                send:
                  - { repeat: 250, every: 1s, client_ip: '198.51.{n}.1', rcpt_to: ['guess{n}@example.jp'], mta_refused: ['guess{n}@example.jp'] }
                  - { repeat: 250, every: 1s, client_ip: '198.52.{n}.1', rcpt_to: ['guess{n}@example.jp'], mta_refused: ['guess{n}@example.jp'] }
                  - { client_ip: 198.53.1.1, expect: { verdict: continue } }
                  - { client_ip: 198.53.2.1, rcpt_to: [guess@example.jp], mta_refused: [guess@example.jp] }
                  - { client_ip: 198.53.1.1, expect: { verdict: tempfail, rule: harvesting_asn, phase: rcpt, reply: 'from AS64500' } }
                  - { client_ip: 198.53.1.1, client_asn: 64501, expect: { verdict: continue } }
                  - { client_ip: 198.53.1.1, client_asn: 0, expect: { verdict: continue } }
                  - { after: 1h, client_ip: 198.53.1.1, expect: { verdict: continue } }
            """);

        var run = await CommandRun.OfAsync("test", "-c", site.Configuration);

        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        Assert.Contains("1 passed", run.Output, StringComparison.Ordinal);
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

    [GeneratedRegex(@"revision:? [0-9a-f]{8}")]
    private static partial Regex Revision();

    [GeneratedRegex(@"policies: \d+, rules: \d+")]
    private static partial Regex Counts();

    [GeneratedRegex(@"\]\((?!https?:|#|mailto:)(?<path>[^)#\s]+)", RegexOptions.ExplicitCapture)]
    private static partial Regex Link();
}
