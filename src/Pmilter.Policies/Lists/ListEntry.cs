using Pmilter.Policies.Text;

namespace Pmilter.Policies.Lists;

/// <summary>A line of a list file, or an item of a policy file.</summary>
internal readonly ref struct ListLine
{
    private readonly SourceSpan _item;
    private readonly string? _path;

    /// <summary>A line of a file: nothing of the file is kept but the text of a line that a message names.</summary>
    public ListLine(ReadOnlySpan<char> text, string path, int number)
    {
        Text = text;
        Number = number;
        _path = path;
    }

    public ListLine(SourceSpan item)
    {
        Text = item.Source.Text.AsSpan(item.Start, item.Length);
        _item = item;
    }

    public ReadOnlySpan<char> Text { get; }

    /// <summary>1-based; 0 for an item, whose place is the policy's.</summary>
    public int Number { get; }

    public SourceSpan SpanOf(int start, int length) => _path is null
        ? _item with { Start = _item.Start + start, Length = length }
        : new SourceSpan(new SourceText(_path, Text.ToString(), Number), start, length);
}

/// <summary>One entry as written and where; it is gone with its line.</summary>
internal readonly ref struct ListEntry
{
    private readonly ListLine _line;
    private readonly SourceSpan? _whole;
    private readonly int _start;

    public ListEntry(ListLine line, int start, int length, ReadOnlySpan<char> why)
    {
        _line = line;
        _start = start;
        Text = line.Text.Slice(start, length);
        Why = why;
    }

    /// <summary>An item that YAML wrote differently from what it means: the message points at all of it.</summary>
    public ListEntry(string text, SourceSpan whole)
    {
        Text = text;
        _whole = whole;
    }

    public ReadOnlySpan<char> Text { get; }

    /// <summary>What stands behind <c>why=</c>; empty without one.</summary>
    public ReadOnlySpan<char> Why { get; }

    /// <summary>1-based, in its file; 0 for an item.</summary>
    public int Line => _line.Number;

    public SourceSpan Span => _whole ?? _line.SpanOf(_start, Text.Length);
}
