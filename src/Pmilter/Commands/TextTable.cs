using System.Text;
using Pmilter.Policies.Text;
using Pmilter.Screen;

namespace Pmilter.Commands;

/// <summary>Columns as wide as their widest cell; the last one as long as it is, or as the terminal has room.</summary>
internal sealed class TextTable(params string[] header)
{
    private const string Gap = "  ";

    /// <summary>With less for the last column, a row wraps anyway and is shown whole.</summary>
    private const int LeastRoom = 8;

    private readonly List<Toned[]> _rows = [[.. header.Select(Toned.Strong)]];

    public void Add(params string[] cells) => Add([.. cells.Select(cell => (Toned)cell)]);

    public void Add(params Toned[] cells) => _rows.Add([.. cells.Select(cell => cell with { Text = DisplayText.Clean(cell.Text) })]);

    public void Write(Page output)
    {
        var widths = Enumerable.Range(0, header.Length).Select(column => _rows.Max(row => row[column].Text.Length)).ToArray();
        var room = output.Width - widths[..^1].Sum(width => width + Gap.Length);
        foreach (var row in _rows)
        {
            var pieces = new List<Toned>(header.Length * 2);
            var last = Array.FindLastIndex(row, cell => !string.IsNullOrWhiteSpace(cell.Text));
            for (var column = 0; column < last; column++)
            {
                pieces.Add(row[column]);
                pieces.Add(new string(' ', widths[column] - row[column].Text.Length) + Gap);
            }

            if (last >= 0)
            {
                var text = row[last].Text.TrimEnd();
                pieces.Add(row[last] with { Text = last == header.Length - 1 && room >= LeastRoom ? Cut(text, room) : text });
            }

            output.PutLine(pieces);
        }
    }

    /// <summary>The first column as code; a bar inside a cell is escaped.</summary>
    public void WriteMarkdown(TextWriter output)
    {
        output.WriteLine($"| {string.Join(" | ", header.Select(name => name.ToLowerInvariant()))} |");
        output.WriteLine($"|{string.Concat(header.Select(_ => "---|"))}");
        foreach (var row in _rows.Skip(1))
        {
            var cells = row.Select((cell, column) => (column == 0 ? $"`{cell.Text}`" : cell.Text).Replace("|", "\\|", StringComparison.Ordinal));
            output.WriteLine($"| {string.Join(" | ", cells)} |");
        }
    }

    private static string Cut(string text, int room)
    {
        if (text.Length <= room / 2 || DisplayText.WidthOf(text) <= room)
        {
            return text;
        }

        var cut = new StringBuilder();
        var left = room - 1;
        foreach (var rune in text.EnumerateRunes())
        {
            left -= DisplayText.WidthOf(rune.ToString());
            if (left < 0)
            {
                break;
            }

            cut.Append(rune.ToString());
        }

        return cut.Append('…').ToString();
    }
}
