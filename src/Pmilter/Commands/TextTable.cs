namespace Pmilter.Commands;

/// <summary>Columns as wide as their widest cell; the last one as long as it is.</summary>
internal sealed class TextTable(params string[] header)
{
    private readonly List<string[]> _rows = [header];

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Write(TextWriter output)
    {
        var widths = Enumerable.Range(0, header.Length).Select(column => _rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in _rows)
        {
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }

    /// <summary>The first column as code; a bar inside a cell is escaped.</summary>
    public void WriteMarkdown(TextWriter output)
    {
        output.WriteLine($"| {string.Join(" | ", header.Select(name => name.ToLowerInvariant()))} |");
        output.WriteLine($"|{string.Concat(header.Select(_ => "---|"))}");
        foreach (var row in _rows.Skip(1))
        {
            var cells = row.Select((cell, column) => (column == 0 ? $"`{cell}`" : cell).Replace("|", "\\|", StringComparison.Ordinal));
            output.WriteLine($"| {string.Join(" | ", cells)} |");
        }
    }
}
