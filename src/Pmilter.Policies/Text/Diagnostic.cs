namespace Pmilter.Policies.Text;

/// <summary>How bad it is: a file with an error is not loaded.</summary>
public enum DiagnosticSeverity
{
    Warning,
    Error,
}

/// <summary>One thing that the author should know.</summary>
/// <param name="Id">Stable: <c>PM104</c>.</param>
/// <param name="Severity">Error or warning.</param>
/// <param name="Span">Where.</param>
/// <param name="Message">What was found and what was expected.</param>
/// <param name="Hint">The mend, shown behind the caret: <c>did you mean 'client_country'?</c>; null when the message says it all.</param>
public sealed record Diagnostic(string Id, DiagnosticSeverity Severity, SourceSpan Span, string Message, string? Hint = null);

/// <summary>Collects; every stage adds, none throws, none stops early.</summary>
public sealed class DiagnosticBag
{
    private readonly List<Diagnostic> _diagnostics = [];

    public IReadOnlyList<Diagnostic> All => _diagnostics;

    public bool HasErrors { get; private set; }

    public void Add(Diagnostic diagnostic)
    {
        if (_diagnostics.Contains(diagnostic))
        {
            return;
        }

        _diagnostics.Add(diagnostic);
        HasErrors |= diagnostic.Severity == DiagnosticSeverity.Error;
    }

    public void Error(string id, SourceSpan span, string message, string? hint = null) =>
        Add(new Diagnostic(id, DiagnosticSeverity.Error, span, message, hint));

    public void Warning(string id, SourceSpan span, string message, string? hint = null) =>
        Add(new Diagnostic(id, DiagnosticSeverity.Warning, span, message, hint));
}
