using System.Net;
using Pmilter.Policies.Lists.Broad;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Lists.Files;

/// <summary>
/// A list whose content is exchanged when its file changes. Whoever asks it sees the newer content from the next evaluation on; a look-up
/// that runs meanwhile ends in the older one.
/// </summary>
public sealed class FileList : MailList
{
    private LoadedList _current;

    internal FileList(ListDefinition definition, LoadedList first, ListStamp seen)
        : base(definition.Type, 0)
    {
        Definition = definition;
        _current = first;
        Seen = seen;
    }

    public ListDefinition Definition { get; }

    public LoadedList Current => Volatile.Read(ref _current);

    /// <summary>The file as it was when it was last read, good or not.</summary>
    public ListStamp Seen { get; private set; }

    public override int Count => Current.Content.Count;

    public override IReadOnlyList<string> Columns => Current.Content.Columns;

    internal override BroadEntries Broad => Current.Content.Broad;

    public override bool Contains(string value) => Current.Content.Contains(value);

    public override bool Contains(IPAddress address) => Current.Content.Contains(address);

    public override bool Contains(double value) => Current.Content.Contains(value);

    public override string? Find(string key, int column) => Current.Content.Find(key, column);

    public override bool IsNumeric(int column) => Current.Content.IsNumeric(column);

    public override ListMatch? Match(string value)
    {
        var current = Current;
        return current.Content.Match(value) is { } match ? match with { Path = current.Path } : null;
    }

    /// <summary>Reads the file again, aside, and exchanges the content when it is good. One caller at a time.</summary>
    public ListRefresh Refresh(IListFileReader files, ListReading reading)
    {
        var before = Current;
        var verdict = new ListLoading(Definition, files, reading with { InForce = (path, type) => reading.InForce(path, type) ?? before }).Load(before.Content.Count);
        Seen = verdict.Stamp;
        if (verdict.IsKept || verdict.Loaded is not { } loaded)
        {
            return new ListRefresh(this, before, verdict.Problems);
        }

        if (ColumnsThatWent(before.Content, loaded.Content) is { } columns)
        {
            return new ListRefresh(this, before, [ListDiagnostics.OtherColumns(Definition.Path.Span, Definition.Path.Value, columns)]);
        }

        Volatile.Write(ref _current, loaded);
        return new ListRefresh(this, before, []);
    }

    /// <summary>Look-ups are bound to the place of a column and to its being a number.</summary>
    private static string? ColumnsThatWent(MailList before, MailList after)
    {
        if (!before.Columns.SequenceEqual(after.Columns, StringComparer.OrdinalIgnoreCase))
        {
            return $"its columns are {string.Join(", ", after.Columns)} and were {string.Join(", ", before.Columns)}";
        }

        for (var i = 0; i < before.Columns.Count; i++)
        {
            if (before.IsNumeric(i) && !after.IsNumeric(i))
            {
                return $"not every value of the column {before.Columns[i]} is a number any more";
            }
        }

        return null;
    }
}

/// <summary>What came of a file that was read again.</summary>
/// <param name="List">The list; its content is the newer one unless there are problems.</param>
/// <param name="Before">What it was.</param>
/// <param name="Problems">Why it was not exchanged; empty when it was.</param>
public sealed record ListRefresh(FileList List, LoadedList Before, IReadOnlyList<Diagnostic> Problems)
{
    public bool IsReplaced => Problems.Count == 0;
}
