namespace Pmilter.Policies.Lists;

/// <summary><c>user@example.jp</c> (local part ignoring case) and <c>@example.jp</c>, every address of the domain.</summary>
internal sealed class AddressList : MailList
{
    private readonly HashSet<string> _addresses;
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _domains;

    public AddressList(HashSet<string> addresses, HashSet<string> domains)
        : base(ListType.Address, addresses.Count + domains.Count)
    {
        _addresses = addresses;
        _domains = domains.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public override string? EntryOf(string value) => _addresses.Contains(value) ? value
        : value.LastIndexOf('@') is >= 0 and var at && _domains.Contains(value.AsSpan(at + 1)) ? value[at..]
        : null;

    public override bool Contains(string value)
    {
        if (_addresses.Contains(value))
        {
            return true;
        }

        var at = value.LastIndexOf('@');
        return at >= 0 && _domains.Contains(value.AsSpan(at + 1));
    }
}

internal sealed class AddressListBuilder(ListDiagnosticLimit diagnostics) : ListBuilder(diagnostics)
{
    private readonly HashSet<string> _addresses = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _domains = new(StringComparer.OrdinalIgnoreCase);

    public override bool Add(ListEntry entry)
    {
        var at = entry.Text.LastIndexOf('@');
        var domain = at < 0 ? string.Empty : DomainText.Normalize(entry.Text[(at + 1)..]);
        if (!DomainListBuilder.IsDomain(domain) || entry.Text.AsSpan(0, at).ContainsAny(" \t<>,"))
        {
            var hint = at < 0 ? $"write @{entry.Text} for all of a domain" : entry.Text.Contains('<', StringComparison.Ordinal) ? "write the address without < >" : null;
            Diagnostics.Add(ListDiagnostics.BadEntry(entry.Span, entry.Text, "an address", "user@example.jp or @example.jp", hint));
            return true;
        }

        return at == 0 ? _domains.Add(domain) : _addresses.Add(string.Concat(entry.Text.AsSpan(0, at + 1), domain));
    }

    public override MailList Build() => new AddressList(_addresses, _domains);
}
