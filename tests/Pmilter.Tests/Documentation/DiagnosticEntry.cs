using System.Text.RegularExpressions;
using Pmilter.Commands;
using Pmilter.Configuration;
using Pmilter.Configuration.Original;
using Pmilter.Policies.Compilation;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Text;
using Pmilter.Rehearsal;
using Pmilter.Rehearsal.Tests;
using Pmilter.TestKit.Scenarios;

namespace Pmilter.Tests.Documentation;

/// <summary>An entry of docs/diagnostics.md: its example's files, and what is said of them.</summary>
internal sealed partial record DiagnosticEntry(string Id, string Text)
{
    /// <summary>The entry ends with the block that shows what is printed; without it the entry has no example.</summary>
    public bool HasOutput => Output().IsMatch(Text);

    public static IReadOnlyList<DiagnosticEntry> Of(string document) => [.. Entry().Matches(document).Select(match => new DiagnosticEntry(match.Groups["id"].Value, match.Value))];

    /// <summary>The document with every shown output as it is now.</summary>
    public static string Renew(string document) => Entry().Replace(document, match => new DiagnosticEntry(match.Groups["id"].Value, match.Value).Renewed());

    public IReadOnlyList<Diagnostic> Diagnose() => Id switch
    {
        "PM150" => Diagnose(bag => SourceText.Decode("policies/example.yaml", [.. "policy: example\ndescription: caf"u8, 0xE9, .. "\nrules: []\n"u8], bag)),
        "PM151" => Diagnose(bag => Compile([new SourceText("policies/example.yaml", "policy: example\n" + new string('#', 1024 * 1024))], new ListFiles(), bag)),
        "PM187" => Diagnose(bag => Compile(
            [new SourceText("policies/example.yaml", "policy: example\nlists:\n  partners: { type: cidr, items: ['192.0.2.0/24'], max_shrink: 30% }\nrules: []\n")],
            new ListFiles(),
            bag,
            new ListReading { Now = Scenario.Start, PreviousCount = (_, _) => 12 })),
        "PM196" => Refresh(),
        _ => Diagnose(Read),
    };

    /// <summary>A file that changes while the server runs.</summary>
    private static IReadOnlyList<Diagnostic> Refresh()
    {
        var lists = new ListFiles { ["lists/limits.csv"] = "customer,limit\nacme,20\n" };
        var source = new SourceText("policies/example.yaml", "policy: example\nlists:\n  limits: { type: map, file: lists/limits.csv }\nrules: []\n");
        var set = PolicyCompiler.Compile([source], lists, new CompilerOptions { Now = Scenario.Start }, new DiagnosticBag());
        lists["lists/limits.csv"] = "customer,limit\nacme,none\n";
        return set?.Lists[0].Refresh(lists, new ListReading { Now = Scenario.Start }).Problems ?? [];
    }

    private static List<Diagnostic> Diagnose(Action<DiagnosticBag> read)
    {
        var diagnostics = new DiagnosticBag();
        read(diagnostics);
        return [.. diagnostics.All];
    }

    private static void Compile(IReadOnlyList<SourceText> sources, ListFiles lists, DiagnosticBag diagnostics, ListReading? reading = null) =>
        PolicyCompiler.Compile(sources, lists, new CompilerOptions { Now = Scenario.Start, Lists = reading }, diagnostics);

    private void Read(DiagnosticBag diagnostics)
    {
        var lists = new ListFiles();
        var policies = new List<SourceText>();
        SourceText? tests = null;
        foreach (Match file in Example().Matches(Text))
        {
            var source = new SourceText(file.Groups["path"].Value, file.Groups["content"].Value);
            switch (Path.GetExtension(source.Path))
            {
                case ".conf":
                    OriginalReader.Read(source, diagnostics);
                    break;
                case ".yaml" when source.Path == "pmilter.yaml":
                    ServerConfigurationReader.Read(source, diagnostics);
                    break;
                case ".yaml" when source.Path.Contains("/tests/", StringComparison.Ordinal):
                    tests = source;
                    break;
                case ".yaml":
                    policies.Add(source);
                    break;
                default:
                    lists[source.Path] = source.Text;
                    break;
            }
        }

        if (tests is not null)
        {
            CheckTests(tests, policies, diagnostics);
        }
        else if (policies.Count > 0)
        {
            Compile(policies, lists, diagnostics);
        }
    }

    private static void CheckTests(SourceText tests, List<SourceText> policies, DiagnosticBag diagnostics)
    {
        var settings = SettingsReader.Settings(new ServerConfiguration(), ".");
        var files = new[] { new PolicyTestReader(diagnostics).Read(tests) }.OfType<PolicyTestFile>();
        new PolicyTestRunner(new PolicyStage(settings, policies, Scenario.Start), settings.Engine, TimeProvider.System).Check(files, diagnostics);
    }

    private string Renewed() => Output().Replace(Text, _ => $"```text\n{DiagnosticRenderer.Render(Diagnose().Where(diagnostic => diagnostic.Id == Id))}```\n");

    [GeneratedRegex(@"^### (?<id>PM\d{3}): .*?(?=^##|\z)", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Entry();

    [GeneratedRegex(@"^```\w+ (?<path>\S+)\n(?<content>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Example();

    [GeneratedRegex(@"^```text\n.*?^```\n", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Output();
}
