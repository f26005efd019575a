using System.Text;
using Pmilter.Policies.Text;
using Pmilter.Screen;

namespace Pmilter.Commands;

/// <summary>Columns as wide as their widest cell, or as the terminal has room.</summary>
internal sealed class TextTable(params string[] header)
{
    private const string Gap = "  ";

    /// <summary>A column that yields keeps so much; where that is not enough, rows wrap and are shown whole.</summary>
    private const int LeastRoom = 8;

    private readonly List<Toned[]> _rows = [[.. header.Select(Toned.Strong)]];

    /// <summary>Columns that are cut on a narrow terminal, the first to be cut first. The last column is a place where it is not the only one: its end stays.</summary>
    public IReadOnlyList<int> Yielding { get; init; } = [header.Length - 1];

    public void Add(params string[] cells) => Add([.. cells.Select(cell => (Toned)cell)]);

    public void Add(params Toned[] cells) => _rows.Add([.. cells.Select(cell => cell with { Text = DisplayText.Clean(cell.Text) })]);

    public void Write(Page output)
    {
        var widths = Widths(output.Width);
        foreach (var row in _rows)
        {
            var pieces = new List<Toned>(header.Length * 2);
            var last = Array.FindLastIndex(row, cell => !string.IsNullOrWhiteSpace(cell.Text));
            for (var column = 0; column <= last; column++)
            {
                var text = column == last ? row[column].Text.TrimEnd() : row[column].Text;
                text = KeepsEnd(column) ? CutLeft(text, widths[column]) : Cut(text, widths[column]);
                pieces.Add(row[column] with { Text = text });
                if (column < last)
                {
                    pieces.Add(new string(' ', widths[column] - DisplayText.WidthOf(text)) + Gap);
                }
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

    /// <summary>As wide as their widest cell; on a narrower terminal those that yield are narrower, unless that would not be enough.</summary>
    private int[] Widths(int room)
    {
        var whole = Enumerable.Range(0, header.Length).Select(column => _rows.Max(row => DisplayText.WidthOf(row[column].Text))).ToArray();
        var excess = room == 0 ? 0 : whole.Sum() + (Gap.Length * (header.Length - 1)) - room;
        int[] widths = [.. whole];
        foreach (var column in Yielding)
        {
            var less = Math.Clamp(excess, 0, Math.Max(0, widths[column] - LeastRoom));
            widths[column] -= less;
            excess -= less;
        }

        return excess > 0 ? whole : widths;
    }

    /// <summary>The end of a place is its line.</summary>
    private bool KeepsEnd(int column) => column == header.Length - 1 && Yielding.Count > 1;

    private static string CutLeft(string text, int room)
    {
        if (DisplayText.WidthOf(text) <= room)
        {
            return text;
        }

        var runes = text.EnumerateRunes().ToArray();
        var first = runes.Length;
        for (var left = room - 1; first > 0 && (left -= DisplayText.WidthOf(runes[first - 1].ToString())) >= 0;)
        {
            first--;
        }

        return $"…{string.Concat(runes[first..])}";
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
