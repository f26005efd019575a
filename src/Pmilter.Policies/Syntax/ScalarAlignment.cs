using Pmilter.Policies.Text;

namespace Pmilter.Policies.Syntax;

/// <summary>Finds where a part of a scalar's value was written when folding, block indentation or doubled quotes lie between.</summary>
internal static class ScalarAlignment
{
    /// <summary>Null where an escape makes the places differ.</summary>
    public static SourceSpan? Find(YamlScalar scalar, int start, int length)
    {
        var raw = scalar.Span.Source.Text.AsSpan(scalar.Span.Start, scalar.Span.Length);
        var value = scalar.Value;
        var at = scalar.Style switch { YamlStyle.Block => raw.IndexOf('\n') + 1, YamlStyle.Plain => 0, _ => 1 };
        var indent = scalar.Style == YamlStyle.Block ? SkipBlanks(raw, at, raw.Length) - at : raw.Length;
        at = scalar.Style == YamlStyle.Block ? at + indent : at;
        var from = -1;
        for (var i = 0; i <= value.Length; i++)
        {
            if (i < value.Length && value[i] is not (' ' or '\n'))
            {
                at = SkipLineEnd(raw, at);
            }

            from = i == start ? at : from;
            if (i == start + length)
            {
                return scalar.Span with { Start = scalar.Span.Start + from, Length = Math.Max(at - from, 0) };
            }

            if (i == value.Length || at >= raw.Length)
            {
                return null;
            }

            var step = Step(raw[at..], value[i], scalar.Style, indent);
            if (step == 0)
            {
                return null;
            }

            at += step;
        }

        return null;
    }

    /// <summary>How many written characters give one of the value; 0 when they do not.</summary>
    private static int Step(ReadOnlySpan<char> raw, char c, YamlStyle style, int indent)
    {
        if (style == YamlStyle.SingleQuoted && c == '\'')
        {
            return raw.StartsWith("''", StringComparison.Ordinal) ? 2 : 0;
        }

        if (style == YamlStyle.DoubleQuoted && raw[0] == '\\')
        {
            return raw.Length > 1 && raw[1] == c && (c is '\\' or '"') ? 2 : 0;
        }

        if (c == ' ' && (raw[0] is '\r' or '\n'))
        {
            return SkipLineEnd(raw, 0);
        }

        if (c == '\n' && (raw[0] is '\r' or '\n'))
        {
            var end = raw[0] == '\r' && raw.Length > 1 && raw[1] == '\n' ? 2 : 1;
            return SkipBlanks(raw, end, indent);
        }

        return raw[0] == c ? 1 : 0;
    }

    private static int SkipBlanks(ReadOnlySpan<char> raw, int at, int most)
    {
        var end = (int)Math.Min(raw.Length, (long)at + most);
        while (at < end && raw[at] == ' ')
        {
            at++;
        }

        return at;
    }

    private static int SkipLineEnd(ReadOnlySpan<char> raw, int at)
    {
        if (at >= raw.Length || raw[at] is not ('\r' or '\n'))
        {
            return at;
        }

        while (at < raw.Length && (raw[at] is ' ' or '\r' or '\n'))
        {
            at++;
        }

        return at;
    }
}
