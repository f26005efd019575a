using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Pmilter.Policies.Text;

/// <summary>A file's text, or some of its lines, and where its lines begin. The path is shown as given; nothing is opened here.</summary>
public sealed class SourceText
{
    private readonly List<int> _lineStarts = [0];
    private readonly int _linesBefore;

    /// <summary>A byte order mark at the start is left out: editors add it, and no offset counts it.</summary>
    /// <param name="firstLine">The number of the text's first line, where it is a part of a file: 1-based.</param>
    public SourceText(string path, string text, int firstLine = 1)
    {
        _linesBefore = firstLine - 1;
        if (text.StartsWith('\ufeff'))
        {
            text = text[1..];
        }

        Path = path;
        Text = text;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n')
            {
                _lineStarts.Add(i + 1);
            }
        }
    }

    public string Path { get; }

    public string Text { get; }

    public int LineCount => _lineStarts.Count;

    /// <summary>A file's bytes as UTF-8. What is not UTF-8 is reported where it begins and becomes U+FFFD.</summary>
    public static SourceText Decode(string path, ReadOnlySpan<byte> bytes, DiagnosticBag diagnostics)
    {
        if (Utf8.IsValid(bytes))
        {
            return new SourceText(path, Encoding.UTF8.GetString(bytes));
        }

        var source = new SourceText(path, Encoding.UTF8.GetString(bytes));
        diagnostics.Add(NotUtf8(bytes, new SourceSpan(source, 0, 0)));
        return source;
    }

    /// <summary>Says where bytes stop being UTF-8.</summary>
    /// <param name="start">Where the bytes begin.</param>
    internal static Diagnostic NotUtf8(ReadOnlySpan<byte> bytes, SourceSpan start)
    {
        var valid = ValidLength(bytes);
        var offset = Encoding.UTF8.GetString(bytes[..valid]).TrimStart('\ufeff').Length;
        var found = string.Create(CultureInfo.InvariantCulture, $"the byte 0x{bytes[valid]:X2} is not UTF-8");
        return new Diagnostic("PM150", DiagnosticSeverity.Error, start with { Start = start.Start + offset, Length = 1 }, found, "save the file as UTF-8");
    }

    /// <summary>1-based line and column of an offset; an offset beyond the end is the end.</summary>
    public (int Line, int Column) PositionOf(int offset)
    {
        offset = Math.Clamp(offset, 0, Text.Length);
        var index = _lineStarts.BinarySearch(offset);
        var line = index >= 0 ? index : ~index - 1;
        return (_linesBefore + line + 1, offset - _lineStarts[line] + 1);
    }

    /// <summary>The text of a 1-based line, without its line end.</summary>
    public string LineAt(int line)
    {
        line -= _linesBefore;
        var start = _lineStarts[line - 1];
        var end = line < _lineStarts.Count ? _lineStarts[line] : Text.Length;
        return Text[start..end].TrimEnd('\r', '\n');
    }

    /// <summary>The offset of a 1-based line and column.</summary>
    public int OffsetOf(int line, int column) => Math.Min(_lineStarts[Math.Min(line - _linesBefore, _lineStarts.Count) - 1] + column - 1, Text.Length);

    private static int ValidLength(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out var length) == System.Buffers.OperationStatus.Done)
        {
            at += length;
        }

        return at;
    }
}
