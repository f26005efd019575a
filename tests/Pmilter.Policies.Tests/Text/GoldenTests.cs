using System.Runtime.CompilerServices;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Text;

/// <summary>Policies in, diagnostics out, as files: <c>UPDATE_GOLDEN=1</c> rewrites what is expected.</summary>
public sealed class GoldenTests
{
    public static TheoryData<string> Names => [.. Directory.GetFiles(Folder(), "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Parse_GoldenPolicy_GivesItsDiagnostics(string name)
    {
        var diagnostics = new DiagnosticBag();
        var source = SourceText.Decode($"policies/{name}.yaml", File.ReadAllBytes(Path.Combine(Folder(), name + ".yaml")), diagnostics);
        PolicyDocumentParser.Parse(source, new ListFiles { ["lists/partners.txt"] = "192.0.2.0/24\n" }, diagnostics);
        var found = DiagnosticRenderer.Render(diagnostics.All) + DiagnosticRenderer.Summary(diagnostics.All) + "\n";

        var expected = Path.Combine(Folder(), name + ".golden");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(expected, found);
        }

        Assert.Equal(File.ReadAllText(expected), found);
    }

    private static string Folder([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "..", "Golden");
}
