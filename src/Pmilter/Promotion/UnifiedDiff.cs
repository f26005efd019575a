using System.Globalization;

namespace Pmilter.Promotion;

/// <summary>What changed between two texts, in the form that <c>patch</c> reads.</summary>
internal static class UnifiedDiff
{
    private const int Context = 2;

    /// <summary>Empty when nothing changed. The texts have few changes: the common subsequence is sought between the first and the last.</summary>
    public static string Of(string path, string before, string after)
    {
        if (before == after)
        {
            return string.Empty;
        }

        var lines = Lines(Split(before), Split(after));
        var output = new StringWriter { NewLine = "\n" };
        output.WriteLine($"--- {path}");
        output.WriteLine($"+++ {path}");
        for (var at = 0; at < lines.Count;)
        {
            if (lines[at].Sign == ' ')
            {
                at++;
                continue;
            }

            var from = Math.Max(0, at - Context);
            var to = EndOfHunk(lines, at);
            WriteHunk(output, lines, from, to);
            at = to;
        }

        return output.ToString();
    }

    /// <summary>Changes that are near each other share a hunk.</summary>
    private static int EndOfHunk(List<DiffLine> lines, int at)
    {
        var end = at;
        for (var next = at; next < lines.Count && next - end <= 2 * Context; next++)
        {
            if (lines[next].Sign != ' ')
            {
                end = next + 1;
            }
        }

        return Math.Min(lines.Count, end + Context);
    }

    private static void WriteHunk(StringWriter output, List<DiffLine> lines, int from, int to)
    {
        var hunk = lines[from..to];
        var oldStart = lines.Take(from).Count(line => line.Sign != '+') + 1;
        var newStart = lines.Take(from).Count(line => line.Sign != '-') + 1;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"@@ -{oldStart},{hunk.Count(line => line.Sign != '+')} +{newStart},{hunk.Count(line => line.Sign != '-')} @@"));
        foreach (var line in hunk)
        {
            output.WriteLine($"{line.Sign}{line.Text.TrimEnd('\r')}");
        }
    }

    private static string[] Split(string text) => (text.EndsWith('\n') ? text[..^1] : text).Split('\n');

    private static List<DiffLine> Lines(string[] before, string[] after)
    {
        var first = 0;
        while (first < before.Length && first < after.Length && before[first] == after[first])
        {
            first++;
        }

        var last = 0;
        while (last < before.Length - first && last < after.Length - first && before[^(last + 1)] == after[^(last + 1)])
        {
            last++;
        }

        return
        [
            .. before.Take(first).Select(line => new DiffLine(' ', line)),
            .. Middle(before[first..^last], after[first..^last]),
            .. before.Skip(before.Length - last).Select(line => new DiffLine(' ', line)),
        ];
    }

    private static IEnumerable<DiffLine> Middle(string[] before, string[] after)
    {
        var common = new int[before.Length + 1, after.Length + 1];
        for (var i = before.Length - 1; i >= 0; i--)
        {
            for (var j = after.Length - 1; j >= 0; j--)
            {
                common[i, j] = before[i] == after[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        int b = 0, a = 0;
        while (b < before.Length || a < after.Length)
        {
            if (b < before.Length && a < after.Length && before[b] == after[a])
            {
                yield return new DiffLine(' ', before[b++]);
                a++;
            }
            else if (b < before.Length && (a == after.Length || common[b + 1, a] >= common[b, a + 1]))
            {
                yield return new DiffLine('-', before[b++]);
            }
            else
            {
                yield return new DiffLine('+', after[a++]);
            }
        }
    }

    private sealed record DiffLine(char Sign, string Text);
}
