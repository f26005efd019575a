using System.Text;

namespace Pmilter.Policies.Lists;

/// <summary>One line of CSV: commas between cells, quotes around cells that hold commas, quotes doubled inside (RFC 4180, one line a row).</summary>
internal static class CsvRow
{
    /// <summary>Null when a quote is not closed or text follows one.</summary>
    public static List<string>? Read(string line)
    {
        var cells = new List<string>();
        var at = 0;
        do
        {
            if (ReadCell(line, ref at) is not { } cell)
            {
                return null;
            }

            cells.Add(cell);
        }
        while (at++ < line.Length);

        return cells;
    }

    /// <summary>Leaves <paramref name="at"/> on the comma or the end.</summary>
    private static string? ReadCell(string line, ref int at)
    {
        while (at < line.Length && (line[at] is ' ' or '\t'))
        {
            at++;
        }

        if (at >= line.Length || line[at] != '"')
        {
            var end = line.IndexOf(',', Math.Min(at, line.Length));
            end = end < 0 ? line.Length : end;
            var plain = line[Math.Min(at, end)..end].Trim();
            at = end;
            return plain.Contains('"', StringComparison.Ordinal) ? null : plain;
        }

        var cell = new StringBuilder();
        for (at++; at < line.Length; at++)
        {
            if (line[at] != '"')
            {
                cell.Append(line[at]);
            }
            else if (at + 1 < line.Length && line[at + 1] == '"')
            {
                cell.Append(line[at++]);
            }
            else
            {
                at++;
                while (at < line.Length && line[at] == ' ')
                {
                    at++;
                }

                return at == line.Length || line[at] == ',' ? cell.ToString() : null;
            }
        }

        return null;
    }
}
