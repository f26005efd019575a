using System.Globalization;
using System.Text;

namespace Pmilter.Policies.Text;

/// <summary>How diagnostics are printed: <c>--format</c>.</summary>
public enum DiagnosticFormat
{
    /// <summary>For people: message, source line, caret and mend.</summary>
    Text,

    /// <summary>One JSON array.</summary>
    Json,

    /// <summary>SARIF 2.1.0, for code scanning.</summary>
    Sarif,

    /// <summary>Workflow commands, which GitHub shows beside the line.</summary>
    GitHub,
}

/// <summary>Prints diagnostics, in the order of files as they first appear and of places within a file.</summary>
public static class DiagnosticRenderer
{
    /// <summary>Characters of a long line that are shown around its caret.</summary>
    private const int MaxShown = 200;

    /// <summary>Ends with a line end unless there is nothing to print.</summary>
    public static string Render(IEnumerable<Diagnostic> diagnostics, DiagnosticFormat format = DiagnosticFormat.Text)
    {
        var sorted = Sorted(diagnostics);
        return format switch
        {
            DiagnosticFormat.Json => DiagnosticJson.Render(sorted),
            DiagnosticFormat.Sarif => DiagnosticJson.RenderSarif(sorted),
            DiagnosticFormat.GitHub => RenderGitHub(sorted),
            _ => RenderText(sorted),
        };
    }

    /// <summary>As text, piece by piece, for a terminal that has colours. The pieces are harmless, and together they are what <see cref="Render"/> answers.</summary>
    public static void Write(IEnumerable<Diagnostic> diagnostics, Action<DiagnosticPart, string> write) => WriteText(Sorted(diagnostics), write);

    /// <summary><c>4 errors, 3 warnings.</c></summary>
    public static string Summary(IEnumerable<Diagnostic> diagnostics)
    {
        var all = diagnostics.ToList();
        var errors = all.Count(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        var warnings = all.Count - errors;
        var parts = new List<string>();
        if (errors > 0)
        {
            parts.Add(Counted(errors, "error"));
        }

        if (warnings > 0)
        {
            parts.Add(Counted(warnings, "warning"));
        }

        return parts.Count == 0 ? "No problems found." : string.Join(", ", parts) + ".";
    }

    internal static string WordOf(DiagnosticSeverity severity) => severity == DiagnosticSeverity.Error ? "error" : "warning";

    private static List<Diagnostic> Sorted(IEnumerable<Diagnostic> diagnostics)
    {
        var order = new Dictionary<string, int>(StringComparer.Ordinal);
        var all = diagnostics.ToList();
        foreach (var diagnostic in all)
        {
            order.TryAdd(diagnostic.Span.Source.Path, order.Count);
        }

        return [.. all.OrderBy(diagnostic => order[diagnostic.Span.Source.Path]).ThenBy(diagnostic => diagnostic.Span.Line).ThenBy(diagnostic => diagnostic.Span.Start)];
    }

    private static string RenderText(List<Diagnostic> diagnostics)
    {
        var output = new StringBuilder();
        WriteText(diagnostics, (_, text) => output.Append(text));
        return output.ToString();
    }

    private static void WriteText(List<Diagnostic> diagnostics, Action<DiagnosticPart, string> write)
    {
        (string Path, int Line, int Window) shown = (string.Empty, 0, 0);
        foreach (var diagnostic in diagnostics)
        {
            var span = diagnostic.Span;
            var (line, column) = span.Source.PositionOf(span.Start);
            write(DiagnosticPart.Place, string.Create(CultureInfo.InvariantCulture, $"{DisplayText.Clean(span.Source.Path)}:{line}:{column}:"));
            write(DiagnosticPart.Message, " ");
            write(diagnostic.Severity == DiagnosticSeverity.Error ? DiagnosticPart.Error : DiagnosticPart.Warning, WordOf(diagnostic.Severity));
            write(DiagnosticPart.Id, $" {diagnostic.Id}:");
            write(DiagnosticPart.Message, $" {DisplayText.Clean(diagnostic.Message)}\n");

            var text = HiddenSecrets.In(span.Source.LineAt(line));
            var from = text.Length > MaxShown && column > MaxShown / 2 ? column - (MaxShown / 2) : 0;
            var visible = text.AsSpan(Math.Min(from, text.Length));
            visible = visible[..Math.Min(visible.Length, MaxShown)];
            if (shown != (span.Source.Path, line, from))
            {
                WriteSource(line, visible, write);
                shown = (span.Source.Path, line, from);
            }

            WriteCaret(visible, Math.Min(column - 1 - from, visible.Length), span.Length, diagnostic.Hint, write);
        }
    }

    private static void WriteSource(int line, ReadOnlySpan<char> visible, Action<DiagnosticPart, string> write)
    {
        var source = new StringBuilder();
        DisplayText.Append(source, visible, 0);
        var text = source.ToString().TrimEnd(' ');
        write(DiagnosticPart.Frame, string.Create(CultureInfo.InvariantCulture, $"{line,5} |"));
        write(DiagnosticPart.Source, text.Length > 0 ? $" {text}\n" : "\n");
    }

    private static void WriteCaret(ReadOnlySpan<char> visible, int start, int length, string? hint, Action<DiagnosticPart, string> write)
    {
        var discarded = new StringBuilder();
        var indent = DisplayText.Append(discarded, visible[..start], 0);
        var carets = DisplayText.Append(discarded, visible.Slice(start, Math.Min(length, visible.Length - start)), indent);
        write(DiagnosticPart.Frame, "      |");
        write(DiagnosticPart.Source, new string(' ', indent + 1));
        write(DiagnosticPart.Mend, new string('^', Math.Max(carets, 1)) + (hint is null ? string.Empty : $" {DisplayText.Clean(hint)}"));
        write(DiagnosticPart.Source, "\n");
    }

    private static string RenderGitHub(List<Diagnostic> diagnostics)
    {
        var output = new StringBuilder();
        foreach (var diagnostic in diagnostics)
        {
            var (line, column) = diagnostic.Span.Source.PositionOf(diagnostic.Span.Start);
            var text = diagnostic.Hint is null ? diagnostic.Message : $"{diagnostic.Message}: {diagnostic.Hint}";
            output.Append(
                CultureInfo.InvariantCulture,
                $"::{WordOf(diagnostic.Severity)} file={Escape(diagnostic.Span.Source.Path, true)},line={line},col={column},title={diagnostic.Id}::{Escape(DisplayText.Clean(text), false)}\n");
        }

        return output.ToString();
    }

    private static string Escape(string text, bool isProperty)
    {
        var escaped = text.Replace("%", "%25", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);
        return isProperty ? escaped.Replace(":", "%3A", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal) : escaped;
    }

    private static string Counted(int count, string word) => string.Create(CultureInfo.InvariantCulture, $"{count} {word}{(count == 1 ? string.Empty : "s")}");
}
