using System.Collections.Frozen;
using System.Globalization;

namespace Pmilter.Policies.Lists;

/// <summary>Numbers, sorted: twelve bytes each.</summary>
internal sealed class NumberList(double[] numbers, int[] lines, FrozenDictionary<int, string> reasons) : MailList(ListType.Number, numbers.Length)
{
    /// <summary>In a line's number: that the number was found.</summary>
    private const int MarkBit = int.MinValue;

    public override bool Contains(double value)
    {
        var entry = Array.BinarySearch(numbers, value);
        if (entry >= 0 && lines[entry] >= 0)
        {
            lines[entry] |= MarkBit;
        }

        return entry >= 0;
    }

    public override IEnumerable<ListedEntry> Entries => numbers.Select((number, i) => new ListedEntry(Text(number), lines[i] & ~MarkBit));

    public override IEnumerable<string> TakeFound()
    {
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i] < 0)
            {
                lines[i] &= ~MarkBit;
                yield return Text(numbers[i]);
            }
        }
    }

    public override ListMatch? Match(string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && Array.BinarySearch(numbers, number) is >= 0 and var entry
            ? new ListMatch(Text(numbers[entry]), lines[entry] & ~MarkBit, reasons.GetValueOrDefault(lines[entry] & ~MarkBit, string.Empty))
            : null;

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}

internal sealed class NumberListBuilder(ListDiagnosticLimit diagnostics, bool tellsDuplicates) : ListBuilder(diagnostics)
{
    private readonly List<(double Number, int Line)> _rows = [];
    private readonly HashSet<double> _seen = [];

    public override bool Add(ListEntry entry)
    {
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (!double.TryParse(entry.Text, style, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
        {
            Diagnostics.Add(ListDiagnostics.BadEntry(entry.Span, entry.Text.ToString(), "a number", "digits, such as 64500 or 1.5"));
            return true;
        }

        _rows.Add((value, entry.Line));
        return !tellsDuplicates || _seen.Add(value);
    }

    public override MailList Build(Reasons reasons)
    {
        // Of equal numbers the first line's stays.
        _rows.Sort();
        var kept = 0;
        for (var i = 0; i < _rows.Count; i++)
        {
            if (kept == 0 || !_rows[i].Number.Equals(_rows[kept - 1].Number))
            {
                _rows[kept++] = _rows[i];
            }
        }

        var numbers = new double[kept];
        var lines = new int[kept];
        for (var i = 0; i < kept; i++)
        {
            (numbers[i], lines[i]) = _rows[i];
        }

        return new NumberList(numbers, lines, reasons.Build());
    }
}
