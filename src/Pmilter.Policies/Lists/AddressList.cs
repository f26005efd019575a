using System.Collections.Frozen;
using System.Text;
using Pmilter.Policies.Lists.Broad;
using Pmilter.Policies.Lists.Tables;

namespace Pmilter.Policies.Lists;

/// <summary><c>user@example.jp</c> (local part in NFC, ignoring case) and <c>@example.jp</c>, every address of the domain.</summary>
internal sealed class AddressList(WordTable table, BroadEntries broad, FrozenDictionary<int, string> reasons) : MailList(ListType.Address, table.Count)
{
    internal override BroadEntries Broad => broad;

    public override bool Contains(string value) => IndexOf(value) is >= 0 and var entry && table.Mark(entry);

    public override IEnumerable<ListedEntry> Entries => table.Listed();

    public override IEnumerable<string> TakeFound() => table.TakeMarked();

    public override ListMatch? Match(string value) => IndexOf(value) is >= 0 and var entry ? WordList.MatchOf(table, entry, reasons) : null;

    private int IndexOf(string value)
    {
        Span<byte> scratch = stackalloc byte[FoldedText.ScratchBytes];
        var address = FoldedText.Of(Ascii.IsValid(value) ? value : DomainText.NormalizeAddress(value), scratch);
        if (table.Find(address) is >= 0 and var itself)
        {
            return itself;
        }

        var at = address.LastIndexOf((byte)'@');
        return at > 0 ? table.Find(address[at..]) : -1;
    }
}

internal sealed class AddressListBuilder(ListDiagnosticLimit diagnostics) : ListBuilder(diagnostics)
{
    private readonly WordTableBuilder _table = new();
    private readonly BroadNotes _broad = new();

    public override bool Add(ListEntry entry)
    {
        var text = Ascii.IsValid(entry.Text) ? entry.Text : DomainText.NormalizeAddress(entry.Text.ToString());
        text = text.EndsWith('.') ? text[..^1] : text;
        var at = text.LastIndexOf('@');
        if (at < 0 || !DomainText.IsDomain(text[(at + 1)..]) || text[..at].ContainsAny(" \t<>,"))
        {
            var written = entry.Text.ToString();
            var hint = at < 0 ? $"write @{written} for all of a domain" : written.Contains('<', StringComparison.Ordinal) ? "write the address without < >" : null;
            Diagnostics.Add(ListDiagnostics.BadEntry(entry.Span, written, "an address", "user@example.jp or @example.jp", hint));
            return true;
        }

        var isNew = _table.Add(text, entry.Line);
        if (isNew && at == 0)
        {
            _broad.NoteProvider(text[1..], entry);
        }

        return isNew;
    }

    public override MailList Build(Reasons reasons) => new AddressList(_table.Build(), _broad.Build(), reasons.Build());
}
