namespace Pmilter.Policies.Lists;

/// <summary><c>example.jp</c> is itself only, <c>.example.jp</c> everything below it.</summary>
internal sealed class DomainList : MailList
{
    private readonly HashSet<string> _exact;
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _below;
    private readonly bool _hasBelow;

    public DomainList(HashSet<string> exact, HashSet<string> below)
        : base(ListType.Domain, exact.Count + below.Count)
    {
        _exact = exact;
        _below = below.GetAlternateLookup<ReadOnlySpan<char>>();
        _hasBelow = below.Count > 0;
    }

    public override string? EntryOf(string value)
    {
        if (_exact.Contains(value))
        {
            return value;
        }

        for (var dot = value.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = value.IndexOf('.', dot + 1))
        {
            if (_below.Contains(value.AsSpan(dot + 1)))
            {
                return value[dot..];
            }
        }

        return null;
    }

    public override bool Contains(string value)
    {
        if (_exact.Contains(value))
        {
            return true;
        }

        var rest = value.AsSpan();
        while (_hasBelow && rest.IndexOf('.') is >= 0 and var dot)
        {
            rest = rest[(dot + 1)..];
            if (_below.Contains(rest))
            {
                return true;
            }
        }

        return false;
    }
}

internal sealed class DomainListBuilder(ListDiagnosticLimit diagnostics) : ListBuilder(diagnostics)
{
    private readonly HashSet<string> _exact = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _below = new(StringComparer.OrdinalIgnoreCase);

    public override bool Add(ListEntry entry)
    {
        var isBelow = entry.Text.StartsWith('.');
        var domain = DomainText.Normalize(isBelow ? entry.Text[1..] : entry.Text);
        if (!IsDomain(domain))
        {
            var hint = entry.Text.StartsWith("*.", StringComparison.Ordinal) ? $"write {entry.Text[1..]}" : entry.Text.Contains('@', StringComparison.Ordinal) ? "use type: address" : null;
            Diagnostics.Add(ListDiagnostics.BadEntry(entry.Span, entry.Text, "a domain", "example.jp (itself) or .example.jp (everything below)", hint));
            return true;
        }

        return isBelow ? _below.Add(domain) : _exact.Add(domain);
    }

    public override MailList Build() => new DomainList(_exact, _below);

    /// <summary>What can stand in a domain; underscores and address literals do occur.</summary>
    public static bool IsDomain(string domain)
    {
        if (domain.Length == 0 || domain[0] == '.' || domain.Contains("..", StringComparison.Ordinal))
        {
            return false;
        }

        foreach (var c in domain)
        {
            if (char.IsWhiteSpace(c) || char.IsControl(c) || c is '@' or '*' or '/' or ',' or ';' or '"' or '\'' or '<' or '>' or '(' or ')' or '=')
            {
                return false;
            }
        }

        return true;
    }
}
