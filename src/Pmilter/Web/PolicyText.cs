using System.Text.Json;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Text;

namespace Pmilter.Web;

/// <summary>Policy files with what is to be said of them, as <c>pmilter check</c> says it.</summary>
internal static class PolicyText
{
    private const int LongestLine = 400;

    /// <summary>As properties of the object that is open.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<SourceText> sources, PolicySet? set, IReadOnlyList<Diagnostic> diagnostics)
    {
        json.WriteString("revision", set?.Revision ?? string.Empty);
        json.WriteString("summary", DiagnosticRenderer.Summary(diagnostics));
        json.WriteStartArray("files");
        foreach (var source in sources)
        {
            json.WriteStartObject();
            json.WriteString("path", source.Path);
            json.WriteNumber("rules", set?.Rules.Count(rule => ReferenceEquals(rule.Rule.Span.Source, source)) ?? 0);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("diagnostics");
        foreach (var diagnostic in diagnostics.OrderByDescending(each => each.Severity == DiagnosticSeverity.Error))
        {
            Write(json, diagnostic);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, Diagnostic diagnostic)
    {
        var span = diagnostic.Span;
        json.WriteStartObject();
        json.WriteString("id", diagnostic.Id);
        json.WriteString("severity", diagnostic.Severity.ToString().ToLowerInvariant());
        json.WriteString("file", span.Source.Path);
        json.WriteNumber("line", span.Line);
        json.WriteNumber("column", span.Column);
        json.WriteNumber("length", span.Length);
        json.WriteString("message", diagnostic.Message);
        json.WriteString("mend", diagnostic.Hint ?? string.Empty);
        json.WriteString("text", LineOf(span));
        json.WriteEndObject();
    }

    private static string LineOf(SourceSpan span)
    {
        var text = span.Source.Text;
        var start = span.Start > 0 ? text.LastIndexOf('\n', Math.Min(span.Start, text.Length) - 1) + 1 : 0;
        var end = text.IndexOf('\n', Math.Min(start, text.Length));
        var line = text[start..(end < 0 ? text.Length : end)].TrimEnd('\r');
        return line.Length > LongestLine ? line[..LongestLine] : line;
    }
}
