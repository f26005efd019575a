using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Lists;

/// <summary>Reads maps: CSV with a header line, or inline <c>key: value</c> (one column, <c>value</c>), or <c>key: { column: value, … }</c>.</summary>
internal sealed class MapReader(ListDiagnosticLimit diagnostics)
{
    private readonly Dictionary<string, string[]> _rows = new(StringComparer.OrdinalIgnoreCase);

    public MapList ReadFile(IEnumerable<ListEntry> lines)
    {
        string[]? columns = null;
        foreach (var line in lines)
        {
            if (CsvRow.Read(line.Text) is not { } cells)
            {
                diagnostics.Add(ListDiagnostics.BadCsv(line.Span, "a quote in this line is not closed, or text follows it", "write \"a \"\"quoted\"\" cell\""));
            }
            else if (columns is null)
            {
                columns = ReadHeader(cells, line.Span);
            }
            else
            {
                AddRow(cells, columns.Length, line.Span);
            }
        }

        return new MapList(columns ?? [], _rows);
    }

    public MapList ReadInline(YamlMapping items)
    {
        string[] columns = items.Entries is [{ Value: YamlMapping first }, ..] ? [.. first.Entries.Select(column => column.Key.Value)] : ["value"];
        foreach (var entry in items.Entries)
        {
            if (CellsOf(entry.Value, columns) is { } cells)
            {
                AddRow([entry.Key.Value, .. cells], columns.Length, entry.Key.Span);
            }
        }

        return new MapList(columns, _rows);
    }

    /// <summary>In the order of the first key's columns; null when it has others.</summary>
    private string[]? CellsOf(YamlNode value, string[] columns)
    {
        string?[] cells = value switch
        {
            YamlScalar one => [one.Value],
            YamlMapping row when row.Entries.Length == columns.Length => [.. columns.Select(column => (row.Entries.FirstOrDefault(cell => cell.Key.Value == column)?.Value as YamlScalar)?.Value)],
            _ => [],
        };
        if (cells.Length == columns.Length && cells.All(cell => cell is not null))
        {
            return [.. cells.OfType<string>()];
        }

        diagnostics.Add(ListDiagnostics.BadCsv(value.Span, $"every key of a map has the same values; the first one has {string.Join(", ", columns)}", "write { example.jp: isp }, or { example.jp: { provider: isp, limit: 20 } }"));
        return null;
    }

    private string[] ReadHeader(List<string> cells, SourceSpan span)
    {
        if (cells.Count < 2)
        {
            diagnostics.Add(ListDiagnostics.BadCsv(span, "the first line of a map names its columns: the key's and at least one value's", "write domain,provider"));
        }

        var columns = cells.Skip(1).ToArray();
        foreach (var column in columns)
        {
            if (column.Length == 0 || columns.Count(other => other == column) > 1)
            {
                diagnostics.Add(ListDiagnostics.BadCsv(span, column.Length == 0 ? "a column has no name" : $"two columns are named '{column}'", "give each column its own name"));
                break;
            }
        }

        return columns;
    }

    private void AddRow(List<string> cells, int columns, SourceSpan span)
    {
        if (cells.Count != columns + 1)
        {
            diagnostics.Add(ListDiagnostics.BadCsv(
                span, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{cells.Count} cells; the header line has {columns + 1}"), "put cells that hold commas into double quotes"));
            return;
        }

        if (!_rows.TryAdd(cells[0], [.. cells.Skip(1)]))
        {
            diagnostics.Add(ListDiagnostics.ContradictingKey(span, cells[0]));
        }
    }
}
