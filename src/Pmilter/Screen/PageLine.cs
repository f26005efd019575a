using System.Globalization;
using System.Runtime.CompilerServices;
using Pmilter.Policies.Text;

namespace Pmilter.Screen;

/// <summary>One line as an interpolated string: alignment counts what is seen, and what is filled in cannot move the cursor.</summary>
[InterpolatedStringHandler]
internal readonly struct PageLine
{
    private readonly List<Toned> _pieces;

    public PageLine(int literalLength, int formattedCount)
    {
        _ = literalLength;
        _pieces = new List<Toned>((formattedCount * 2) + 1);
    }

    public IReadOnlyList<Toned> Pieces => _pieces;

    public void AppendLiteral(string text) => _pieces.Add(text);

    public void AppendFormatted(string? text, int alignment = 0) => AppendFormatted(new Toned(text ?? string.Empty, Tone.Plain), alignment);

    public void AppendFormatted(Toned piece, int alignment = 0)
    {
        var text = DisplayText.Clean(piece.Text);
        var blanks = new string(' ', Math.Max(0, Math.Abs(alignment) - text.Length));
        if (alignment > 0)
        {
            _pieces.Add(blanks);
        }

        _pieces.Add(piece with { Text = text });
        if (alignment < 0)
        {
            _pieces.Add(blanks);
        }
    }

    public void AppendFormatted<T>(T value, int alignment = 0, string? format = null)
        where T : IFormattable => AppendFormatted(value.ToString(format, CultureInfo.InvariantCulture), alignment);

    public void AppendFormatted<T>(T value, string format)
        where T : IFormattable => AppendFormatted(value, 0, format);
}
