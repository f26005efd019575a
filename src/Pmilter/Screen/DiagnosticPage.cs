using Pmilter.Policies.Text;

namespace Pmilter.Screen;

/// <summary>Diagnostics in colours, laid out by their own renderer.</summary>
internal static class DiagnosticPage
{
    public static void WriteDiagnostics(this Page page, IEnumerable<Diagnostic> diagnostics) =>
        DiagnosticRenderer.Write(diagnostics, (part, text) => page.Put(new Toned(text, ToneOf(part))));

    /// <summary><c>4 errors, 3 warnings.</c></summary>
    public static Toned Summary(IReadOnlyCollection<Diagnostic> diagnostics) => new(
        DiagnosticRenderer.Summary(diagnostics),
        diagnostics.Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error) ? Tone.Bad : diagnostics.Count > 0 ? Tone.Warning : Tone.Good);

    private static Tone ToneOf(DiagnosticPart part) => part switch
    {
        DiagnosticPart.Error => Tone.Bad,
        DiagnosticPart.Warning => Tone.Warning,
        DiagnosticPart.Id or DiagnosticPart.Frame => Tone.Dim,
        DiagnosticPart.Place => Tone.Strong,
        DiagnosticPart.Mend => Tone.Good,
        _ => Tone.Plain,
    };
}
