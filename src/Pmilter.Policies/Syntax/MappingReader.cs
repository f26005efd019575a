using System.Collections.Immutable;
using Pmilter.Policies.Text;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Policies.Syntax;

/// <summary>
/// A mapping whose keys are a closed set: unknown ones are reported at once, wrong values when they are read; a key that is absent or
/// wrong reads as null, so that the reader of the mapping goes on.
/// </summary>
public sealed class MappingReader
{
    private readonly Dictionary<string, YamlEntry> _entries = new(StringComparer.Ordinal);

    /// <param name="table">The keys, with the ranges of their values.</param>
    /// <param name="hints">Mends for keys that are wrong in a known way; <c>key → hint</c>.</param>
    public MappingReader(YamlMapping mapping, KeyTable table, DiagnosticBag diagnostics, IReadOnlyDictionary<string, string>? hints = null)
    {
        Mapping = mapping;
        Table = table;
        Diagnostics = diagnostics;
        var keys = table.Names;
        foreach (var entry in mapping.Entries)
        {
            if (!keys.Contains(entry.Key.Value, StringComparer.Ordinal))
            {
                var hint = hints?.GetValueOrDefault(entry.Key.Value) ?? Suggestion.For(entry.Key.Value, keys) ?? $"known are {string.Join(", ", keys)}";
                diagnostics.Add(ShapeDiagnostics.UnknownKey(entry.Key.Span, entry.Key.Value, table.Where, hint));
                continue;
            }

            _entries[entry.Key.Value] = entry;
        }
    }

    public YamlMapping Mapping { get; }

    public KeyTable Table { get; }

    public DiagnosticBag Diagnostics { get; }

    /// <summary>Where to say that a key is missing: the first key, not the whole mapping.</summary>
    public SourceSpan Start => Mapping.Entries.Length > 0 ? Mapping.Entries[0].Key.Span : Mapping.Span with { Length = Math.Min(Mapping.Span.Length, 1) };

    public bool Has(string key) => _entries.ContainsKey(key);

    public YamlScalar? KeyOf(string key) => _entries.GetValueOrDefault(key)?.Key;

    /// <summary>Reports a missing key and answers whether it is there.</summary>
    public bool Require(string key, string? hint = null)
    {
        if (!Has(key))
        {
            Diagnostics.Add(ShapeDiagnostics.MissingKey(Start, key, Table.Where, hint));
        }

        return Has(key);
    }

    /// <summary>The value as it is; null when absent or empty (which is reported).</summary>
    public YamlNode? Node(string key)
    {
        if (_entries.GetValueOrDefault(key) is not { } entry)
        {
            return null;
        }

        if (entry.Value is YamlScalar { IsEmpty: true })
        {
            Diagnostics.Add(ShapeDiagnostics.WrongKind(entry.Key.Span, key, "empty", "a value", "write a value, or leave the key out"));
            return null;
        }

        return entry.Value;
    }

    public YamlScalar? Scalar(string key, string expected = "one value")
    {
        var node = Node(key);
        if (node is null or YamlScalar)
        {
            return node as YamlScalar;
        }

        var hint = node is YamlMapping or YamlSequence && node.Span.Source.Text[node.Span.Start] is '{' or '[' ? "quote text that begins with { or [" : null;
        Diagnostics.Add(ShapeDiagnostics.WrongKind(node.Span, key, KindOf(node), expected, hint));
        return null;
    }

    /// <summary>Text; warned about where other YAML readers would see a truth value, refused where a comment cuts it.</summary>
    public Located<string>? Text(string key)
    {
        if (Scalar(key, "text") is not { } scalar)
        {
            return null;
        }

        CheckText(scalar, Diagnostics);
        return new Located<string>(scalar.Value, scalar.Span);
    }

    public ExpressionSyntax? Expression(string key) => Scalar(key, "a condition or expression") is { } scalar ? Expression(scalar) : null;

    public ExpressionSyntax? Expression(YamlScalar scalar)
    {
        if (scalar.IsCutByComment)
        {
            Diagnostics.Add(YamlDiagnostics.CutByComment(scalar.Span));
        }

        return ExpressionParser.Parse(scalar, Diagnostics);
    }

    public Located<TimeSpan>? Duration(string key)
    {
        var form = Table.FormOf<DurationForm>(key);
        return Scalar(key, "a duration") is { } scalar && ValueReader.Duration(key, scalar, form.Least, form.Most, Diagnostics) is { } value ? new Located<TimeSpan>(value, scalar.Span) : null;
    }

    public long? Size(string key)
    {
        var form = Table.FormOf<SizeForm>(key);
        return Scalar(key, "a size") is { } scalar ? ValueReader.Size(key, scalar, form.Least, form.Most, Diagnostics) : null;
    }

    public int? Integer(string key)
    {
        var form = Table.FormOf<IntegerForm>(key);
        return Scalar(key, "a whole number") is { } scalar ? ValueReader.Integer(key, scalar, form.Least, form.Most, Diagnostics) : null;
    }

    public double? Percent(string key) => Scalar(key, "a share") is { } scalar ? ValueReader.Percent(key, scalar, Diagnostics) : null;

    public bool? Bool(string key) => Scalar(key, "true or false") is { } scalar ? ValueReader.Bool(key, scalar, Diagnostics) : null;

    public Located<T>? Choice<T>(string key, IReadOnlyList<(string Word, T Value)> choices) =>
        Scalar(key, "one word") is { } scalar ? ValueReader.Choice(key, scalar, choices, Diagnostics) : null;

    public YamlMapping? Nested(string key, string expected)
    {
        var node = Node(key);
        if (node is not null and not YamlMapping)
        {
            Diagnostics.Add(ShapeDiagnostics.WrongKind(node.Span, key, KindOf(node), expected));
        }

        return node as YamlMapping;
    }

    /// <summary>The items of a list; one value alone is read as a list of one and reported.</summary>
    public ImmutableArray<YamlNode> Items(string key, string expected)
    {
        var node = Node(key);
        if (node is YamlSequence sequence)
        {
            return sequence.Items;
        }

        if (node is not null)
        {
            Diagnostics.Add(ShapeDiagnostics.WrongKind(node.Span, key, KindOf(node), expected, node is YamlScalar ? $"write [{((YamlScalar)node).Value}]" : null));
        }

        return node is YamlScalar ? [node] : [];
    }

    /// <summary>The items of a list that are scalars; others are reported.</summary>
    public ImmutableArray<YamlScalar> Scalars(string key, string expected)
    {
        var scalars = ImmutableArray.CreateBuilder<YamlScalar>();
        foreach (var item in Items(key, expected))
        {
            if (item is YamlScalar { IsEmpty: false } scalar)
            {
                scalars.Add(scalar);
                continue;
            }

            Diagnostics.Add(ShapeDiagnostics.WrongKind(item.Span, key, $"a list with {KindOf(item)} in it", expected));
        }

        return scalars.ToImmutable();
    }

    internal static void CheckText(YamlScalar scalar, DiagnosticBag diagnostics)
    {
        if (scalar.IsCutByComment && scalar.Value.Contains(' ', StringComparison.Ordinal))
        {
            diagnostics.Add(YamlDiagnostics.CutByComment(scalar.Span));
        }

        if (scalar.Style == YamlStyle.Plain && scalar.Value.ToLowerInvariant() is "yes" or "no" or "on" or "off" or "true" or "false" or "null" or "~" or "y" or "n")
        {
            diagnostics.Add(YamlDiagnostics.BooleanWord(scalar.Span, scalar.Value));
        }
    }

    internal static string KindOf(YamlNode node) => node switch
    {
        YamlMapping => "a mapping",
        YamlSequence => "a list",
        YamlScalar { IsEmpty: true } => "empty",
        _ => "one value",
    };
}
