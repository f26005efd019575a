using Pmilter.Policies.Text;

namespace Pmilter.Policies.Lists.Broad;

/// <summary>Notes broad entries while a list is read: three a kind, and how many.</summary>
internal sealed class BroadNotes
{
    /// <summary>A 128th of the IPv4 addresses.</summary>
    private const int NarrowestFour = 7;

    /// <summary>Larger than what any one organisation was given.</summary>
    private const int NarrowestSix = 15;

    private const int MostNamed = 3;

    private readonly Dictionary<BroadKind, (SourceSpan Span, List<string> Entries, int Count)> _groups = [];

    public void NoteNetwork(Network network, ListEntry entry)
    {
        if (network.IsFour ? network.Prefix - Network.MappedBits <= NarrowestFour : network.Prefix <= NarrowestSix)
        {
            Note(BroadKind.Network, network.ToString(), entry);
        }
    }

    /// <param name="domain">As A-labels, with its leading dot where it has one; any case.</param>
    public void NoteDomain(ReadOnlySpan<char> domain, ListEntry entry)
    {
        var isBelow = domain[0] == '.';
        if (isBelow && PublicSuffixes.Contains(domain[1..]))
        {
            Note(BroadKind.Suffix, domain.ToString(), entry);
        }

        NoteProvider(isBelow ? domain[1..] : domain, entry);
    }

    public void NoteProvider(ReadOnlySpan<char> domain, ListEntry entry)
    {
        if (MailProviders.Contains(domain))
        {
            Note(BroadKind.Provider, entry.Text.ToString(), entry);
        }
    }

    public BroadEntries Build() => _groups.Count == 0
        ? BroadEntries.None
        : new BroadEntries([.. _groups.OrderBy(group => group.Key).Select(group => new BroadGroup(group.Key, group.Value.Span, [.. group.Value.Entries], group.Value.Count))]);

    private void Note(BroadKind kind, string text, ListEntry entry)
    {
        var group = _groups.TryGetValue(kind, out var known) ? known : (entry.Span, [], 0);
        if (group.Entries.Count < MostNamed)
        {
            group.Entries.Add(text);
        }

        _groups[kind] = group with { Count = group.Count + 1 };
    }
}
