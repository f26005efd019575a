using Pmilter.Policies.Scripts;
using Pmilter.Policies.Text;

namespace Pmilter.Server;

/// <summary>What is wrong with a policy's scripts: PM290 to PM299, one method a message.</summary>
internal static class ScriptDiagnostics
{
    public static Diagnostic Broken(SourceSpan span, ScriptProblem problem) => new(
        "PM290",
        DiagnosticSeverity.Error,
        span,
        problem.Line > 0 && !problem.Message.Contains($":{problem.Line}:", StringComparison.Ordinal) ? $"{problem.Path}:{problem.Line}: {problem.Message}" : problem.Message.ReplaceLineEndings(" "),
        "correct the handler");

    public static Diagnostic NoEngine(SourceSpan span, string message) =>
        new("PM291", DiagnosticSeverity.Error, span, $"this handler needs Ruby, and there is none: {message}", "or remove the handler");
}
