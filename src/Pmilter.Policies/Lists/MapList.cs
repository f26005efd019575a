using System.Globalization;
using Pmilter.Policies.Lists.Tables;

namespace Pmilter.Policies.Lists;

/// <summary>Keys, NFC, ordinal, ignoring case, each with one value a column. The cells lie in one array, a text that occurs often once.</summary>
internal sealed class MapList : MailList
{
    private readonly WordTable _keys;
    private readonly string[] _columns;
    private readonly string[] _cells;
    private readonly bool[] _isNumeric;

    /// <param name="columns">Names of the value columns.</param>
    /// <param name="keys">The keys, each with the number of its row.</param>
    /// <param name="cells">Row by row.</param>
    public MapList(string[] columns, WordTable keys, string[] cells)
        : base(ListType.Map, keys.Count)
    {
        _columns = columns;
        _keys = keys;
        _cells = cells;

        // A map that is still empty may be asked for numbers, too.
        _isNumeric = [.. columns.Select(_ => true)];
        for (var i = 0; i < cells.Length; i++)
        {
            _isNumeric[i % columns.Length] &= IsNumber(cells[i]);
        }
    }

    public override IReadOnlyList<string> Columns => _columns;

    public override string? Find(string key, int column)
    {
        if (column < 0 || column >= _columns.Length || !FoldedText.MayFit(key.Length, _keys.Longest))
        {
            return null;
        }

        Span<byte> scratch = stackalloc byte[FoldedText.ScratchBytes];
        return _keys.Find(FoldedText.Of(key, scratch)) is >= 0 and var entry ? _cells[(_keys.NoteOf(entry) * _columns.Length) + column] : null;
    }

    public override bool IsNumeric(int column) => column >= 0 && column < _isNumeric.Length && _isNumeric[column];

    private static bool IsNumber(string text) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _);
}
