using System.Collections.Immutable;
using Pmilter.Policies.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Pmilter.Policies.Syntax;

/// <summary>
/// YAML's events to a tree with exact spans. Anything that could surprise (tags, aliases, merge keys, several documents, duplicate
/// keys) is refused. Never throws.
/// </summary>
public sealed class YamlReader
{
    /// <summary>Nesting; YamlDotNet's own tree overflows the stack on deep input.</summary>
    public const int MaxDepth = 40;

    /// <summary>Characters of a file, inline lists included.</summary>
    public const int MaxLength = 1024 * 1024;

    private readonly SourceText _source;
    private readonly DiagnosticBag _diagnostics;
    private readonly Parser _events;

    private YamlReader(SourceText source, DiagnosticBag diagnostics)
    {
        _source = source;
        _diagnostics = diagnostics;
        _events = new Parser(new StringReader(source.Text));
    }

    /// <summary>Null when the text is not YAML, or empty; the reason is in the diagnostics.</summary>
    public static YamlNode? Read(SourceText source, DiagnosticBag diagnostics)
    {
        if (source.Text.Length > MaxLength)
        {
            diagnostics.Add(YamlDiagnostics.TooLarge(new SourceSpan(source, 0, 0), source.Text.Length));
            return null;
        }

        try
        {
            return new YamlReader(source, diagnostics).ReadDocument();
        }
        catch (YamlException e)
        {
            diagnostics.Add(YamlSyntaxErrors.Explain(source, e));
            return null;
        }
        catch (TooDeepException)
        {
            return null;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or IndexOutOfRangeException or FormatException or OverflowException)
        {
            // A bug of the library on broken input is the input's fault for the author.
            diagnostics.Add(YamlDiagnostics.Syntax(new SourceSpan(source, 0, 0), "the file cannot be read as YAML", "check brackets, quotes and indentation"));
            return null;
        }
    }

    private YamlNode? ReadDocument()
    {
        YamlNode? root = null;
        var documents = 0;
        while (_events.MoveNext())
        {
            if (_events.Current is DocumentStart start && ++documents > 1)
            {
                _diagnostics.Add(YamlDiagnostics.SecondDocument(Span(start.Start, start.End)));
                return root;
            }

            if (_events.Current is NodeEvent or AnchorAlias)
            {
                root = ReadNode(1);
            }
        }

        return root is YamlScalar { IsEmpty: true } ? null : root;
    }

    /// <summary>The current event begins the node; on return it is the node's last.</summary>
    private YamlNode ReadNode(int depth)
    {
        var current = _events.Current ?? throw new InvalidOperationException();
        if (depth > MaxDepth)
        {
            _diagnostics.Add(YamlDiagnostics.TooDeep(Span(current.Start, current.End)));
            throw new TooDeepException();
        }

        CheckProperties(current);
        return current switch
        {
            SequenceStart start => ReadSequence(start, depth),
            MappingStart start => ReadMapping(start, depth),
            YamlDotNet.Core.Events.Scalar scalar => ReadScalar(scalar),
            _ => new YamlScalar(Span(current.Start, current.End), Written(current), YamlStyle.SingleQuoted),
        };
    }

    private void CheckProperties(ParsingEvent current)
    {
        var isAlias = current is AnchorAlias || current is NodeEvent { Anchor.IsEmpty: false };
        if (current is NodeEvent { Tag.IsEmpty: false })
        {
            _diagnostics.Add(YamlDiagnostics.Tag(Span(current.Start, current.End), Written(current)));
        }
        else if (isAlias)
        {
            _diagnostics.Add(YamlDiagnostics.Alias(Span(current.Start, current.End), Written(current)));
        }
    }

    private YamlScalar ReadScalar(YamlDotNet.Core.Events.Scalar scalar)
    {
        var style = scalar.Style switch
        {
            ScalarStyle.SingleQuoted => YamlStyle.SingleQuoted,
            ScalarStyle.DoubleQuoted => YamlStyle.DoubleQuoted,
            ScalarStyle.Literal or ScalarStyle.Folded => YamlStyle.Block,
            _ => YamlStyle.Plain,
        };

        // With a tag the author meant the text as it stands: `!a and b`.
        var span = Span(scalar.Start, scalar.End);
        return scalar.Tag.IsEmpty || style != YamlStyle.Plain
            ? new YamlScalar(span, scalar.Value, style)
            : new YamlScalar(span, Written(scalar), style);
    }

    private YamlSequence ReadSequence(SequenceStart start, int depth)
    {
        var items = ImmutableArray.CreateBuilder<YamlNode>();
        while (_events.MoveNext() && _events.Current is NodeEvent or AnchorAlias)
        {
            items.Add(ReadNode(depth + 1));
        }

        var pieces = start.Style == SequenceStyle.Flow ? new FlowPieces(_diagnostics).Join(items) : items.ToImmutable();
        return new YamlSequence(Enclosing(start.Start, ']', pieces.Length > 0 ? pieces[^1].Span : null), pieces);
    }

    private YamlMapping ReadMapping(MappingStart start, int depth)
    {
        var entries = new List<YamlEntry>();
        while (_events.MoveNext() && _events.Current is NodeEvent or AnchorAlias)
        {
            var key = ReadNode(depth + 1);
            _events.MoveNext();
            var value = ReadNode(depth + 1);
            if (key is YamlScalar word)
            {
                entries.Add(new YamlEntry(word, value));
                continue;
            }

            _diagnostics.Add(YamlDiagnostics.KeyNotText(key.Span));
        }

        IReadOnlyList<YamlEntry> whole = start.Style == MappingStyle.Flow ? new FlowPieces(_diagnostics).Join(entries) : entries;
        var last = whole.Count > 0 ? whole[^1].Value.Span : (SourceSpan?)null;
        return new YamlMapping(Enclosing(start.Start, '}', last), WithoutDuplicates(whole));
    }

    private ImmutableArray<YamlEntry> WithoutDuplicates(IReadOnlyList<YamlEntry> entries)
    {
        var seen = new Dictionary<string, YamlEntry>(StringComparer.Ordinal);
        var kept = ImmutableArray.CreateBuilder<YamlEntry>(entries.Count);
        foreach (var entry in entries)
        {
            if (entry.Key is { Value: "<<", Style: YamlStyle.Plain })
            {
                _diagnostics.Add(YamlDiagnostics.MergeKey(entry.Key.Span));
            }
            else if (seen.TryGetValue(entry.Key.Value, out var first))
            {
                _diagnostics.Add(YamlDiagnostics.DuplicateKey(entry.Key.Span, entry.Key.Value, first.Key.Span.Line));
            }
            else
            {
                seen.Add(entry.Key.Value, entry);
                kept.Add(entry);
            }
        }

        return kept.ToImmutable();
    }

    /// <summary>To the closing bracket of a flow collection, else to the end of the last item.</summary>
    private SourceSpan Enclosing(Mark start, char bracket, SourceSpan? last)
    {
        var opening = Span(start, start);
        var closing = (int)(_events.Current?.Start.Index ?? 0);
        if (closing > opening.Start && closing < _source.Text.Length && _source.Text[closing] == bracket && (_source.Text[opening.Start] is '[' or '{'))
        {
            return opening with { Length = closing + 1 - opening.Start };
        }

        return last is { } end ? opening.To(end) : opening;
    }

    private string Written(ParsingEvent node)
    {
        var span = Span(node.Start, node.End);
        return _source.Text.Substring(span.Start, span.Length);
    }

    private SourceSpan Span(Mark start, Mark end)
    {
        var from = (int)Math.Clamp(start.Index, 0, _source.Text.Length);
        var to = (int)Math.Clamp(end.Index, from, _source.Text.Length);
        return new SourceSpan(_source, from, to - from);
    }

    private sealed class TooDeepException : Exception;
}
