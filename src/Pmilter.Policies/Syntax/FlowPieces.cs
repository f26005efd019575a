using System.Collections.Immutable;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Syntax;

/// <summary>
/// <c>{ when: in(x, 'a') }</c> and <c>[net(client_ip, 24, 64)]</c> are split at their commas by YAML. The pieces are put together
/// again, with one diagnostic instead of one a piece.
/// </summary>
internal sealed class FlowPieces(DiagnosticBag diagnostics)
{
    public ImmutableArray<YamlNode> Join(IReadOnlyList<YamlNode> items)
    {
        var joined = ImmutableArray.CreateBuilder<YamlNode>();
        for (var i = 0; i < items.Count; i++)
        {
            var last = i;
            while (Opens(items[i], items[last]) && last + 1 < items.Count)
            {
                last++;
            }

            joined.Add(last == i ? items[i] : Whole(items[i], items[last].Span));
            i = last;
        }

        return joined.ToImmutable();
    }

    public IReadOnlyList<YamlEntry> Join(IReadOnlyList<YamlEntry> entries)
    {
        var joined = new List<YamlEntry>();
        for (var i = 0; i < entries.Count; i++)
        {
            var last = i;
            while (Opens(entries[i].Value, last == i ? entries[i].Value : End(entries[last])) && last + 1 < entries.Count)
            {
                last++;
            }

            if (last > i)
            {
                joined.Add(entries[i] with { Value = Whole(entries[i].Value, End(entries[last]).Span) });
                i = last;
                continue;
            }

            joined.Add(entries[i]);
            if (entries[i].Value is YamlScalar { IsEmpty: true } && !HasColon(entries[i].Key))
            {
                diagnostics.Add(YamlDiagnostics.LeadingBrace(entries[i].Key.Span));
            }
        }

        return joined;
    }

    private static YamlNode End(YamlEntry entry) => entry.Value is YamlScalar { IsEmpty: true } ? entry.Key : entry.Value;

    private YamlScalar Whole(YamlNode first, SourceSpan last)
    {
        var span = first.Span.To(last);
        diagnostics.Add(YamlDiagnostics.FlowSplit(span));
        return new YamlScalar(span, span.Source.Text.Substring(span.Start, span.Length), YamlStyle.Plain);
    }

    /// <summary>More parentheses open than close between the start of one and the end of another.</summary>
    private static bool Opens(YamlNode first, YamlNode last)
    {
        if (first is not YamlScalar { Style: YamlStyle.Plain })
        {
            return false;
        }

        var depth = 0;
        var text = first.Span.Source.Text;
        for (var i = first.Span.Start; i < last.Span.Start + last.Span.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
        }

        return depth > 0;
    }

    private static bool HasColon(YamlScalar key)
    {
        var text = key.Span.Source.Text;
        var at = key.Span.Start + key.Span.Length;
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        return at < text.Length && text[at] == ':';
    }
}
