using Pmilter.Policies.Text;

namespace Pmilter.Commands;

/// <summary>Shows diagnostics: place, caret, and a sum.</summary>
internal static class DiagnosticWriter
{
    public static void Write(TextWriter writer, IEnumerable<Diagnostic> diagnostics)
    {
        foreach (var diagnostic in diagnostics)
        {
            writer.WriteLine($"{diagnostic.Span.FileAndLine}:{diagnostic.Span.Column}: {diagnostic.Severity.ToString().ToLowerInvariant()} {diagnostic.Id}: {diagnostic.Message} {diagnostic.Hint}".TrimEnd());
        }
    }
}
