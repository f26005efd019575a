using System.Globalization;
using System.Text;
using Spectre.Console;

namespace Pmilter.Screen;

/// <summary>A stream that may be a terminal. What is written as text passes as it is; lines and tones are for people.</summary>
internal sealed class Page(TextWriter writer) : TextWriter(CultureInfo.InvariantCulture)
{
    /// <summary>The sixteen colours: the shades are the user's own, and fit the background.</summary>
    private static readonly AnsiCapabilities Capabilities = new() { Ansi = true, ColorSystem = ColorSystem.Standard };

    /// <summary>Off, tones are dropped.</summary>
    public bool IsColoured { get; set; }

    /// <summary>Columns; 0 where lines may be as long as they are.</summary>
    public int Width { get; set; }

    /// <summary>Called before anything is written; erases what must not stay on the screen.</summary>
    public Action? BeforeWrite { get; init; }

    public override Encoding Encoding => writer.Encoding;

    public override void Write(char value)
    {
        BeforeWrite?.Invoke();
        writer.Write(value);
    }

    public override void Write(string? value)
    {
        BeforeWrite?.Invoke();
        writer.Write(value);
    }

    public override void Write(char[] buffer, int index, int count)
    {
        BeforeWrite?.Invoke();
        writer.Write(buffer, index, count);
    }

    /// <summary>At once: the log writes to the same console.</summary>
    public override void WriteLine(string? value)
    {
        BeforeWrite?.Invoke();
        writer.WriteLine(value);
    }

    public override void Flush() => writer.Flush();

    /// <summary>The text must be harmless: it is written as it is.</summary>
    public void Put(params IReadOnlyList<Toned> pieces) => Write(Composed(pieces));

    /// <summary>As <see cref="Put"/>.</summary>
    public void PutLine(params IReadOnlyList<Toned> pieces) => WriteLine(Composed(pieces));

    public void Line(PageLine line) => PutLine(line.Pieces);

    private string Composed(IReadOnlyList<Toned> pieces)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        var ansi = new AnsiWriter(text, Capabilities);
        foreach (var piece in pieces)
        {
            if (IsColoured && piece is { Tone: not Tone.Plain, Text.Length: > 0 })
            {
                ansi.Write(piece.Text, StyleOf(piece.Tone));
            }
            else
            {
                text.Write(piece.Text);
            }
        }

        return text.ToString();
    }

    private static Style StyleOf(Tone tone) => tone switch
    {
        Tone.Good => new Style(Color.Green),
        Tone.Warning => new Style(Color.Olive),
        Tone.Bad => new Style(Color.Red),
        Tone.Strong => new Style(decoration: Decoration.Bold),
        Tone.Dim => new Style(decoration: Decoration.Dim),
        _ => Style.Plain,
    };
}
