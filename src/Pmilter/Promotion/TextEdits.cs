using System.Text;
using Pmilter.Policies.Text;

namespace Pmilter.Promotion;

/// <summary>Changes of a text that leave all the rest as it is: comments, order, spacing, line ends.</summary>
internal sealed class TextEdits(SourceText source)
{
    private readonly List<(int Start, int Length, string Text)> _edits = [];
    private readonly string _lineEnd = source.Text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";

    public SourceText Source => source;

    public bool IsEmpty => _edits.Count == 0;

    public void Replace(SourceSpan span, string text) => _edits.Add((span.Start, span.EndOf() - span.Start, text));

    public void Insert(int at, string text) => _edits.Add((at, 0, text));

    /// <summary>A line of its own below the line of a place, so that a comment behind the place stays where it is.</summary>
    public void InsertLineBelow(int place, int indent, string line)
    {
        var end = source.Text.IndexOf('\n', place);
        var at = end < 0 ? source.Text.Length : end > 0 && source.Text[end - 1] == '\r' ? end - 1 : end;
        Insert(at, $"{_lineEnd}{new string(' ', indent)}{line}");
    }

    /// <summary>At the end of the file, below an empty line.</summary>
    public void Append(params IReadOnlyList<string> lines)
    {
        var before = source.Text.Length == 0 ? string.Empty : source.Text.EndsWith('\n') ? _lineEnd : _lineEnd + _lineEnd;
        Insert(source.Text.Length, before + string.Concat(lines.Select(line => line + _lineEnd)));
    }

    public SourceText Apply()
    {
        var result = new StringBuilder();
        var at = 0;
        foreach (var (start, length, text) in _edits.OrderBy(edit => edit.Start))
        {
            result.Append(source.Text.AsSpan(at, start - at)).Append(text);
            at = start + length;
        }

        return new SourceText(source.Path, result.Append(source.Text.AsSpan(at)).ToString());
    }
}
