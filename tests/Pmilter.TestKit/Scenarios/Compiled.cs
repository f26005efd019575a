using Pmilter.Policies.Compilation;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Text;

namespace Pmilter.TestKit.Scenarios;

/// <summary>Compiles texts, or fails the test with the diagnostics.</summary>
public static class Compiled
{
    public static PolicySet Compile(CompilerOptions options, params string[] policies)
    {
        var diagnostics = new DiagnosticBag();
        var set = PolicyCompiler.Compile(Sources(policies), Files, options, diagnostics);
        return set ?? throw new InvalidOperationException(DiagnosticRenderer.Render(diagnostics.All));
    }

    /// <summary>Each as <c>PM210 line 12: message</c>.</summary>
    public static IReadOnlyList<Diagnostic> Diagnose(params string[] policies) => Diagnose(new CompilerOptions { Now = Scenario.Start }, policies);

    public static IReadOnlyList<Diagnostic> Diagnose(CompilerOptions options, params string[] policies)
    {
        var diagnostics = new DiagnosticBag();
        PolicyCompiler.Compile(Sources(policies), Files, options, diagnostics);
        return diagnostics.All;
    }

    private static ListFiles Files { get; } = new() { ["lists/partners.txt"] = "192.0.2.0/24\n" };

    private static SourceText[] Sources(string[] policies) => [.. policies.Select((text, i) => new SourceText($"policies/{i + 1}0.yaml", text))];
}
