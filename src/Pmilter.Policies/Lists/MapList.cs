using System.Globalization;

namespace Pmilter.Policies.Lists;

/// <summary>Keys, ordinal, ignoring case, each with one value a column.</summary>
internal sealed class MapList : MailList
{
    private readonly Dictionary<string, string[]> _rows;
    private readonly string[] _columns;
    private readonly bool[] _isNumeric;

    public MapList(string[] columns, Dictionary<string, string[]> rows)
        : base(ListType.Map, rows.Count)
    {
        _columns = columns;
        _rows = rows;
        _isNumeric = new bool[columns.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            // A map that is still empty may be asked for numbers, too.
            _isNumeric[i] = rows.Values.All(row => IsNumber(row[i]));
        }
    }

    public override IReadOnlyList<string> Columns => _columns;

    public override string? Find(string key, int column) =>
        column >= 0 && column < _columns.Length && _rows.TryGetValue(key, out var row) ? row[column] : null;

    public override bool IsNumeric(int column) => column >= 0 && column < _isNumeric.Length && _isNumeric[column];

    private static bool IsNumber(string text) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _);
}
