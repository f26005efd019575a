using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Pmilter.Policies.Text;

/// <summary>Diagnostics for machines: a plain JSON array, and SARIF 2.1.0.</summary>
internal static class DiagnosticJson
{
    public static string Render(IReadOnlyList<Diagnostic> diagnostics) => Write(json =>
    {
        json.WriteStartArray();
        foreach (var diagnostic in diagnostics)
        {
            json.WriteStartObject();
            json.WriteString("id", diagnostic.Id);
            json.WriteString("severity", DiagnosticRenderer.WordOf(diagnostic.Severity));
            json.WriteString("file", diagnostic.Span.Source.Path);
            WriteRegion(json, diagnostic.Span, "line", "column");
            json.WriteString("message", diagnostic.Message);
            json.WriteString("hint", diagnostic.Hint);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    public static string RenderSarif(IReadOnlyList<Diagnostic> diagnostics) => Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
        json.WriteString("version", "2.1.0");
        json.WriteStartArray("runs");
        json.WriteStartObject();
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "pmilter");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteString("columnKind", "utf16CodeUnits");
        json.WriteStartArray("results");
        foreach (var diagnostic in diagnostics)
        {
            WriteResult(json, diagnostic);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void WriteResult(Utf8JsonWriter json, Diagnostic diagnostic)
    {
        json.WriteStartObject();
        json.WriteString("ruleId", diagnostic.Id);
        json.WriteString("level", DiagnosticRenderer.WordOf(diagnostic.Severity));
        json.WriteStartObject("message");
        json.WriteString("text", diagnostic.Hint is null ? diagnostic.Message : $"{diagnostic.Message}: {diagnostic.Hint}");
        json.WriteEndObject();
        json.WriteStartArray("locations");
        json.WriteStartObject();
        json.WriteStartObject("physicalLocation");
        json.WriteStartObject("artifactLocation");
        json.WriteString("uri", diagnostic.Span.Source.Path);
        json.WriteEndObject();
        json.WriteStartObject("region");
        WriteRegion(json, diagnostic.Span, "startLine", "startColumn");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRegion(Utf8JsonWriter json, SourceSpan span, string lineName, string columnName)
    {
        var (line, column) = span.Source.PositionOf(span.Start);
        var (endLine, endColumn) = span.Source.PositionOf(span.Start + span.Length);
        json.WriteNumber(lineName, line);
        json.WriteNumber(columnName, column);
        json.WriteNumber("endLine", endLine);
        json.WriteNumber("endColumn", endColumn);
    }

    private static string Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }
}
