using Pmilter.Effects.Counters;
using Pmilter.Fuzz.Inputs;
using Pmilter.Fuzz.Runs;
using Pmilter.Policies.Compilation;
using Pmilter.Policies.Text;
using Pmilter.TestKit.Scenarios;

namespace Pmilter.Fuzz.Targets;

/// <summary>Policy files: YAML, expressions, lists, texts with values; the whole way to a set, and a message through that.</summary>
internal sealed class PolicyTarget : IFuzzTarget
{
    private const int LongestText = 20_000;

    private static readonly string[] Yaml =
    [
        "\n", "\n  ", "\n    - ", ": ", "- ", "{ ", " }", "[", "]", "'", "\"", "# ", "---\n", "...\n", "&a ", "*a", "<<: *a", "!!str ", "? ", "|\n", ">-\n", "%YAML 1.2\n", "\t", "~", "null", "true", "yes", "0777", "1e3", "10s", "1h", "50%",
        "policy: ", "rules:", "when: ", "unless: ", "limit: ", "counters:", "lists:", "patterns:", "macros:", "then:", "phase: eom", "(a+)+$", "((a|a)*)*", "[^", "(?<x>", "(?i)", "\\p{L}", "{mail_from}", "{", "{{",
    ];

    private static readonly Lazy<string[]> Words = new(() => [.. Seeds.Policies.SelectMany(text => text.Split([' ', '\n', ':', ',', '\'', '"', '[', ']', '{', '}'], StringSplitOptions.RemoveEmptyEntries)).Distinct(StringComparer.Ordinal), .. Yaml]);

    public string Name => "policies";

    public string Promise => "a policy file is compiled or its mistakes are told, in every format; what compiles answers mail";

    public void Try(Dice dice)
    {
        var text = Mutation.Of(dice, dice.Of(Seeds.Policies), Words.Value, dice.OneIn(3) ? 12 : 2);
        if (dice.OneIn(6))
        {
            // Two files in one.
            var other = dice.Of(Seeds.Policies);
            text = text[..dice.Below(text.Length + 1)] + other[dice.Below(other.Length + 1)..];
        }

        var diagnostics = new DiagnosticBag();
        var source = new SourceText("policies/10.yaml", text.Length > LongestText ? text[..LongestText] : text);
        var options = new CompilerOptions { Now = Scenario.Start, NoticeTargets = TestNotices.Targets };
        var set = PolicyCompiler.Compile([source], ListFileSeeds.Files, options, diagnostics);
        BrokenPromiseException.ThrowUnless(set is not null || diagnostics.HasErrors, "there is no set and no reason");
        foreach (var format in Enum.GetValues<DiagnosticFormat>())
        {
            _ = DiagnosticRenderer.Render(diagnostics.All, format);
        }

        if (set is not null)
        {
            _ = EngineHandler.Serve(Conversation.Legal(dice, set.Requirements).Bytes, set, new MemoryStateStore());
        }
    }
}
