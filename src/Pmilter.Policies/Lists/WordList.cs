using System.Collections.Frozen;
using Pmilter.Policies.Lists.Tables;

namespace Pmilter.Policies.Lists;

/// <summary>Text and countries: NFC, ordinal, ignoring case.</summary>
internal sealed class WordList(ListType type, WordTable table, FrozenDictionary<int, string> reasons) : MailList(type, table.Count)
{
    public override bool Contains(string value) => IndexOf(value) is >= 0 and var entry && table.Mark(entry);

    public override IEnumerable<ListedEntry> Entries => table.Listed();

    public override IEnumerable<string> TakeFound() => table.TakeMarked();

    public override ListMatch? Match(string value) => IndexOf(value) is >= 0 and var entry ? MatchOf(table, entry, reasons) : null;

    public static ListMatch MatchOf(WordTable table, int entry, FrozenDictionary<int, string> reasons) =>
        new(table.TextOf(entry), table.NoteOf(entry), reasons.GetValueOrDefault(table.NoteOf(entry), string.Empty));

    private int IndexOf(string value)
    {
        if (!FoldedText.MayFit(value.Length, table.Longest))
        {
            return -1;
        }

        Span<byte> scratch = stackalloc byte[FoldedText.ScratchBytes];
        return table.Find(FoldedText.Of(value, scratch));
    }
}

internal sealed class TextListBuilder(ListDiagnosticLimit diagnostics) : ListBuilder(diagnostics)
{
    private readonly WordTableBuilder _table = new();

    public override bool Add(ListEntry entry) => _table.Add(entry.Text, entry.Line);

    public override MailList Build(Reasons reasons) => new WordList(ListType.Text, _table.Build(), reasons.Build());
}

internal sealed class CountryListBuilder(ListDiagnosticLimit diagnostics) : ListBuilder(diagnostics)
{
    private readonly WordTableBuilder _table = new();

    public override bool Add(ListEntry entry)
    {
        var code = entry.Text.ToString();
        if (CountryCodes.IsKnown(code))
        {
            return _table.Add(code, entry.Line);
        }

        Diagnostics.Add(ListDiagnostics.UnknownCountry(entry.Span, code, CountryCodes.HintFor(code)));
        return true;
    }

    public override MailList Build(Reasons reasons) => new WordList(ListType.Country, _table.Build(), reasons.Build());
}
