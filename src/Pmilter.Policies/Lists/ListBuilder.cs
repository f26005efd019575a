using Pmilter.Policies.Text;

namespace Pmilter.Policies.Lists;

/// <summary>Collects the entries of one list and builds it; what an entry cannot be is reported, the rest is kept.</summary>
internal abstract class ListBuilder(ListDiagnosticLimit diagnostics)
{
    protected ListDiagnosticLimit Diagnostics { get; } = diagnostics;

    /// <summary>False when the same entry is in the list already.</summary>
    public abstract bool Add(ListEntry entry);

    /// <param name="reasons">What lines say for themselves.</param>
    public abstract MailList Build(Reasons reasons);

    /// <param name="type">Not a map: <see cref="MapReader"/>.</param>
    /// <param name="tellsDuplicates">Networks are told apart only after all are read; earlier it costs memory.</param>
    public static ListBuilder Create(ListType type, ListDiagnosticLimit diagnostics, bool tellsDuplicates) => type switch
    {
        ListType.Cidr => new NetworkListBuilder(diagnostics, tellsDuplicates),
        ListType.Country => new CountryListBuilder(diagnostics),
        ListType.Domain => new DomainListBuilder(diagnostics),
        ListType.Address => new AddressListBuilder(diagnostics),
        ListType.Number => new NumberListBuilder(diagnostics, tellsDuplicates),
        _ => new TextListBuilder(diagnostics),
    };
}

/// <summary>A file of a million broken lines gives twenty messages and a count.</summary>
internal sealed class ListDiagnosticLimit(DiagnosticBag diagnostics)
{
    private const int Most = 20;
    private int _count;
    private SourceSpan _last;

    public void Add(Diagnostic diagnostic)
    {
        _count++;
        _last = diagnostic.Span;
        if (_count <= Most)
        {
            diagnostics.Add(diagnostic);
        }
    }

    /// <summary>Says how many were left out.</summary>
    public void Close()
    {
        if (_count > Most)
        {
            diagnostics.Add(ListDiagnostics.MoreErrors(_last, _count - Most));
        }
    }
}
