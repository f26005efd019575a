using System.Collections.Frozen;
using System.Text;
using Pmilter.Policies.Lists.Broad;
using Pmilter.Policies.Lists.Tables;

namespace Pmilter.Policies.Lists;

/// <summary><c>example.jp</c> is itself only, <c>.example.jp</c> everything below it: the latter is kept with its dot.</summary>
internal sealed class DomainList(WordTable table, bool hasBelow, BroadEntries broad, FrozenDictionary<int, string> reasons) : MailList(ListType.Domain, table.Count)
{
    internal override BroadEntries Broad => broad;

    public override bool Contains(string value) => IndexOf(value) is >= 0 and var entry && table.Mark(entry);

    public override IEnumerable<ListedEntry> Entries => table.Listed();

    public override IEnumerable<string> TakeFound() => table.TakeMarked();

    public override ListMatch? Match(string value) => IndexOf(value) is >= 0 and var entry ? WordList.MatchOf(table, entry, reasons) : null;

    private int IndexOf(string value)
    {
        if (!FoldedText.MayFit(value.Length, table.Longest) && !hasBelow)
        {
            return -1;
        }

        Span<byte> scratch = stackalloc byte[FoldedText.ScratchBytes];
        var domain = FoldedText.Of(Ascii.IsValid(value) ? value : DomainText.Normalize(value), scratch);
        domain = domain.EndsWith("."u8) ? domain[..^1] : domain;
        if (table.Find(domain) is >= 0 and var itself)
        {
            return itself;
        }

        // A name with thousands of labels must not cost thousands of long looks: from the longest entry on.
        var rest = domain[Math.Max(domain.Length - table.Longest, 0)..];
        while (hasBelow && rest.IndexOf((byte)'.') is >= 0 and var dot)
        {
            if (table.Find(rest[dot..]) is >= 0 and var below)
            {
                return below;
            }

            rest = rest[(dot + 1)..];
        }

        return -1;
    }
}

internal sealed class DomainListBuilder(ListDiagnosticLimit diagnostics) : ListBuilder(diagnostics)
{
    private readonly WordTableBuilder _table = new();
    private readonly BroadNotes _broad = new();
    private bool _hasBelow;

    public override bool Add(ListEntry entry)
    {
        var isBelow = entry.Text[0] == '.';
        var text = Ascii.IsValid(entry.Text) ? entry.Text : $"{(isBelow ? "." : string.Empty)}{DomainText.Normalize(entry.Text[(isBelow ? 1 : 0)..].ToString())}";
        text = text.EndsWith('.') ? text[..^1] : text;
        if (text.IsEmpty || !DomainText.IsDomain(text[(isBelow ? 1 : 0)..]))
        {
            var written = entry.Text.ToString();
            var hint = written.StartsWith("*.", StringComparison.Ordinal) ? $"write {written[1..]}" : written.Contains('@', StringComparison.Ordinal) ? "use type: address" : null;
            Diagnostics.Add(ListDiagnostics.BadEntry(entry.Span, written, "a domain", "example.jp (itself) or .example.jp (everything below)", hint));
            return true;
        }

        _hasBelow |= isBelow;
        var isNew = _table.Add(text, entry.Line);
        if (isNew)
        {
            _broad.NoteDomain(text, entry);
        }

        return isNew;
    }

    public override MailList Build(Reasons reasons) => new DomainList(_table.Build(), _hasBelow, _broad.Build(), reasons.Build());
}
