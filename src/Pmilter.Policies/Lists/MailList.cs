using System.Net;
using Pmilter.Policies.Lists.Broad;

namespace Pmilter.Policies.Lists;

/// <summary>The type of a list says how its entries are read and how members are looked up.</summary>
public enum ListType
{
    Cidr,
    Country,
    Domain,
    Address,
    Text,
    Number,
    Map,
}

/// <summary>
/// A loaded list: looked up in constant time (log time for networks and numbers) without allocating. Its content is immutable but for marks of what was found; that of a
/// file is swapped whole when the file changes. Lookups that the list's type does not have answer false; the binder has refused them before.
/// </summary>
public abstract class MailList(ListType type, int count)
{
    private int _isHit;

    public ListType Type { get; } = type;

    /// <summary>Entries, expired ones left out, equal ones once.</summary>
    public virtual int Count { get; } = count;

    /// <summary>Entries that take in more than one expects, noted while they were read.</summary>
    internal virtual BroadEntries Broad => BroadEntries.None;

    /// <summary>Country, domain (<c>.example.jp</c> everything below), address (<c>@example.jp</c>), text; NFC, ordinal, ignoring case; domains as A-labels.</summary>
    public virtual bool Contains(string value) => false;

    /// <summary>Cidr.</summary>
    public virtual bool Contains(IPAddress address) => false;

    /// <summary>Number.</summary>
    public virtual bool Contains(double value) => false;

    /// <summary>The entry that makes the value a member, for explanations; null when none does, and for maps.</summary>
    /// <param name="value">As text; of a network list an address.</param>
    public virtual ListMatch? Match(string value) => null;

    /// <summary>Map: the value of a column; null when the key is missing. The first column is 0.</summary>
    public virtual string? Find(string key, int column) => null;

    /// <summary>Whether a policy has found a member since this was asked last.</summary>
    public bool TakeHit() => Volatile.Read(ref _isHit) != 0 && Interlocked.Exchange(ref _isHit, 0) != 0;

    /// <summary>True, noted: written once until somebody asks, so that threads do not pull at one another's cache.</summary>
    internal bool Hit()
    {
        if (Volatile.Read(ref _isHit) == 0)
        {
            Volatile.Write(ref _isHit, 1);
        }

        return true;
    }

    /// <summary>The entries, as they are shown; empty for maps.</summary>
    public virtual IEnumerable<ListedEntry> Entries => [];

    /// <summary>Entries, as <see cref="Entries"/> shows them, by which a value was a member since this was asked last; empty for maps. One caller at a time.</summary>
    public virtual IEnumerable<string> TakeFound() => [];

    /// <summary>Map: names of the value columns, in the order of the header line; empty otherwise.</summary>
    public virtual IReadOnlyList<string> Columns => [];

    /// <summary>Map: whether every value of the column is a number.</summary>
    public virtual bool IsNumeric(int column) => false;
}

/// <summary>Why a value is a member.</summary>
/// <param name="Entry">The entry: <c>203.0.113.0/24</c>.</param>
/// <param name="Line">Its 1-based line; 0 where the list is written in the policy.</param>
/// <param name="Why">What its line gives as <c>why=</c>; empty without, and where reasons were not asked for.</param>
public readonly record struct ListMatch(string Entry, int Line, string Why)
{
    /// <summary>The file's path as it was opened; empty where the list is written in the policy.</summary>
    public string Path { get; init; } = string.Empty;

    /// <summary><c>lists/partners.txt:12</c>; empty where the list is written in the policy.</summary>
    public string Place => Path.Length == 0 ? string.Empty : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Path}:{Line}");
}

/// <summary>An entry of a list.</summary>
/// <param name="Text">Folded as lists compare: <c>203.0.113.0/24</c>.</param>
/// <param name="Line">Its 1-based line; 0 where the list is written in the policy.</param>
public readonly record struct ListedEntry(string Text, int Line);

/// <summary>A list of the policies in force.</summary>
/// <param name="Name"><c>policy/list</c>.</param>
public sealed record NamedList(string Name, MailList List);
