using System.Collections.Immutable;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Syntax;

/// <summary>YAML as written, with spans; no tags, aliases or merge keys survive reading.</summary>
public abstract record YamlNode(SourceSpan Span);

/// <summary>How a scalar was written; plain ones fall into YAML's traps, quoted ones do not.</summary>
public enum YamlStyle
{
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Block,
}

/// <summary>A scalar. The span covers what was written, quotes included.</summary>
public sealed record YamlScalar(SourceSpan Span, string Value, YamlStyle Style) : YamlNode(Span)
{
    /// <summary>A plain scalar behind which <c> #</c> begins a comment: perhaps a part of the text was meant.</summary>
    public bool IsCutByComment => Style == YamlStyle.Plain && YamlComments.FollowsOnLine(Span);

    /// <summary>Nothing was written: <c>key:</c>.</summary>
    public bool IsEmpty => Style == YamlStyle.Plain && Value.Length == 0;

    /// <summary>The span of a part of the value, for carets inside conditions; the whole scalar where escapes make the places differ.</summary>
    public SourceSpan SpanOf(int start, int length)
    {
        var quote = Style is YamlStyle.SingleQuoted or YamlStyle.DoubleQuoted ? 1 : 0;
        if (Style != YamlStyle.Block && Value.Length + (2 * quote) == Span.Length)
        {
            return Span with { Start = Span.Start + quote + start, Length = length };
        }

        return ScalarAlignment.Find(this, start, length) ?? Span;
    }
}

public sealed record YamlSequence(SourceSpan Span, ImmutableArray<YamlNode> Items) : YamlNode(Span);

/// <summary>Entries in written order; duplicate keys are already reported and dropped.</summary>
public sealed record YamlMapping(SourceSpan Span, ImmutableArray<YamlEntry> Entries) : YamlNode(Span)
{
    /// <summary>Null where the key is not.</summary>
    public YamlNode? ValueOf(string key) => Entries.FirstOrDefault(entry => entry.Key.Value == key)?.Value;

    /// <summary>Empty where the key is not, or holds no text.</summary>
    public string TextOf(string key) => (ValueOf(key) as YamlScalar)?.Value ?? string.Empty;
}

public sealed record YamlEntry(YamlScalar Key, YamlNode Value);
