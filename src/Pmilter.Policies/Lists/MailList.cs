using System.Net;

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
/// A loaded list: immutable, looked up in constant time (log time for networks), swapped whole when its file changes. Lookups that the
/// list's type does not have answer false; the binder has refused them before.
/// </summary>
public abstract class MailList(ListType type, int count)
{
    public ListType Type { get; } = type;

    /// <summary>Entries, expired ones left out.</summary>
    public int Count { get; } = count;

    /// <summary>Country, domain (<c>.example.jp</c> everything below), address (<c>@example.jp</c>), text; ordinal, ignoring case.</summary>
    public virtual bool Contains(string value) => false;

    /// <summary>Cidr.</summary>
    public virtual bool Contains(IPAddress address) => false;

    /// <summary>Number.</summary>
    public virtual bool Contains(double value) => false;

    /// <summary>Domain, address and cidr: the entry that makes the value a member, for explanations; null when none does.</summary>
    public virtual string? EntryOf(string value) => null;

    /// <summary>Map: the value of a column; null when the key is missing. The first column is 0.</summary>
    public virtual string? Find(string key, int column) => null;

    /// <summary>Map: names of the value columns, in the order of the header line; empty otherwise.</summary>
    public virtual IReadOnlyList<string> Columns => [];

    /// <summary>Map: whether every value of the column is a number.</summary>
    public virtual bool IsNumeric(int column) => false;
}
