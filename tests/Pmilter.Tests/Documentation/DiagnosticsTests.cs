using System.Text.RegularExpressions;
using Pmilter.Tests.Architecture;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Documentation;

/// <summary>docs/diagnostics.md explains every id, and its examples give what it shows. <c>UPDATE_GOLDEN=1</c> rewrites what is shown.</summary>
public sealed partial class DiagnosticsTests
{
    /// <summary>Id → why its entry has no example.</summary>
    private static readonly Dictionary<string, string> WithoutExample = new(StringComparer.Ordinal)
    {
        ["PM137"] = "every word of the language is there; a later version may bring others",
        ["PM129"] = "only a bug of the grammar raises it",
        ["PM290"] = "the words are those of the Ruby that is installed",
        ["PM291"] = "the words are those of the system",
        ["PM329"] = "it shows an absolute path",
        ["PM356"] = "it is of pmilter.yaml and of the policies together",
        ["PM330"] = "the words are those of the Ruby that is installed",
    };

    private static string Document { get; } = Path.Combine(SourceTree.Root, "docs", "diagnostics.md");

    public static TheoryData<string> Ids => [.. DiagnosticEntry.Of(File.ReadAllText(Document)).Select(entry => entry.Id).Where(id => !WithoutExample.ContainsKey(id))];

    [Fact]
    public void Ids_OfTheSources_HaveOneEntryEach()
    {
        var raised = SourceTree.Sources("src").SelectMany(path => DiagnosticId().Matches(File.ReadAllText(path)).Select(match => match.Groups[1].Value)).Distinct();

        Assert.Equal(raised.Order(StringComparer.Ordinal), DiagnosticEntry.Of(File.ReadAllText(Document)).Select(entry => entry.Id).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Example_OfAnEntry_GivesItsIdAlone(string id)
    {
        var entry = Assert.Single(DiagnosticEntry.Of(File.ReadAllText(Document)), entry => entry.Id == id);
        Assert.True(entry.HasOutput, $"{id} shows no output");

        string[] expected = id switch
        {
            // The end of a long list of faults follows the first of them.
            "PM184" => ["PM183", "PM184"],

            // The policy stands alone here, so that nobody is trusted either.
            "PM277" => ["PM276", "PM277"],
            _ => [id],
        };
        Assert.Equal(expected, entry.Diagnose().Select(diagnostic => diagnostic.Id).Distinct());
    }

    [Fact]
    public void Outputs_InTheDocument_AreThePrograms()
    {
        var written = File.ReadAllText(Document);
        var renewed = DiagnosticEntry.Renew(written);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(Document, renewed);
        }

        Assert.Equal(renewed, File.ReadAllText(Document));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Docs_OfAnId_PrintsItsWholeEntry(string id)
    {
        var entry = Assert.Single(DiagnosticEntry.Of(File.ReadAllText(Document)), entry => entry.Id == id);

        var run = await CommandRun.OfAsync("docs", id.ToLowerInvariant());

        Assert.Equal((0, entry.Text.Trim()), (run.ExitCode, "### " + run.Output.Trim()));
    }

    [Fact]
    public async Task Docs_OfAnUnknownId_EndsWithTwo()
    {
        var run = await CommandRun.OfAsync("docs", "PM999");

        Assert.Equal((2, string.Empty), (run.ExitCode, run.Output));
        Assert.Contains("PM999", run.Error, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"""(PM[0-9]{3})""")]
    private static partial Regex DiagnosticId();
}
