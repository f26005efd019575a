using Pmilter.Policies.Lists.Tables;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Lists;

/// <summary>Reads maps: CSV with a header line, or inline <c>key: value</c> (one column, <c>value</c>), or <c>key: { column: value, … }</c>.</summary>
internal sealed class MapReader(ListDiagnosticLimit diagnostics)
{
    private const int MostShared = 10_000;

    private readonly WordTableBuilder _keys = new();
    private readonly List<string> _cells = [];
    private readonly HashSet<string> _texts = new(StringComparer.Ordinal);
    private string[]? _columns;

    public void AddLine(ListEntry line)
    {
        if (CsvRow.Read(line.Text.ToString()) is not { } cells)
        {
            diagnostics.Add(ListDiagnostics.BadCsv(line.Span, "a quote in this line is not closed, or text follows it", "write \"a \"\"quoted\"\" cell\""));
        }
        else if (_columns is null)
        {
            _columns = ReadHeader(cells, line);
        }
        else
        {
            AddRow(cells, _columns.Length, line);
        }
    }

    public MapList Build() => new(_columns ?? [], _keys.Build(), [.. _cells]);

    public MapList ReadInline(YamlMapping items)
    {
        string[] columns = items.Entries is [{ Value: YamlMapping first }, ..] ? [.. first.Entries.Select(column => column.Key.Value)] : ["value"];
        _columns = columns;
        foreach (var entry in items.Entries)
        {
            if (CellsOf(entry.Value, columns) is { } cells)
            {
                AddRow([entry.Key.Value, .. cells], columns.Length, new ListEntry(entry.Key.Value, entry.Key.Span));
            }
        }

        return Build();
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

    private string[] ReadHeader(List<string> cells, ListEntry line)
    {
        if (cells.Count < 2)
        {
            diagnostics.Add(ListDiagnostics.BadCsv(line.Span, "the first line of a map names its columns: the key's and at least one value's", "write domain,provider"));
        }

        var columns = cells.Skip(1).ToArray();
        foreach (var column in columns)
        {
            if (column.Length == 0 || columns.Count(other => other == column) > 1)
            {
                diagnostics.Add(ListDiagnostics.BadCsv(line.Span, column.Length == 0 ? "a column has no name" : $"two columns are named '{column}'", "give each column its own name"));
                break;
            }
        }

        return columns;
    }

    private void AddRow(List<string> cells, int columns, ListEntry line)
    {
        if (cells.Count != columns + 1)
        {
            diagnostics.Add(ListDiagnostics.BadCsv(
                line.Span, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{cells.Count} cells; the header line has {columns + 1}"), "put cells that hold commas into double quotes"));
            return;
        }

        if (!_keys.Add(cells[0], _keys.Count))
        {
            diagnostics.Add(ListDiagnostics.ContradictingKey(line.Span, cells[0]));
            return;
        }

        foreach (var cell in cells.Skip(1))
        {
            _cells.Add(Shared(cell));
        }
    }

    /// <summary>A column of a large map has few values.</summary>
    private string Shared(string cell)
    {
        if (_texts.TryGetValue(cell, out var known))
        {
            return known;
        }

        if (_texts.Count < MostShared)
        {
            _texts.Add(cell);
        }

        return cell;
    }
}
