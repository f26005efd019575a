using Pmilter.Policies.Text;
using Tomlyn.Parsing;
using Tomlyn.Syntax;
using SourceSpan = Pmilter.Policies.Text.SourceSpan;

namespace Pmilter.Configuration.Original;

/// <summary>A TOML file as dotted keys with their values and places; the one file that knows Tomlyn.</summary>
internal sealed class TomlKeys
{
    private readonly Dictionary<string, Located<object>> _values = new(StringComparer.Ordinal);
    private readonly SourceText _source;
    private readonly DiagnosticBag _diagnostics;

    public TomlKeys(SourceText source, DiagnosticBag diagnostics)
    {
        _source = source;
        _diagnostics = diagnostics;
        DocumentSyntax document;
        try
        {
            document = SyntaxParser.Parse(source.Text, source.Path, validate: true);
        }
        catch (ArgumentException error)
        {
            // Tomlyn's own message quotes the character that is none: "\uD800".
            diagnostics.Add(OriginalDiagnostics.Toml(Start, error.Message));
            return;
        }

        foreach (var message in document.Diagnostics)
        {
            diagnostics.Add(OriginalDiagnostics.Toml(SpanOf(message.Span), message.Message));
        }

        // What could be read of a broken file would be reported as if it were meant.
        if (document.HasErrors)
        {
            return;
        }

        Add(string.Empty, document.KeyValues);
        foreach (var table in document.Tables)
        {
            Add($"{NameOf(table.Name)}.", table.Items);
        }
    }

    /// <summary>The file's beginning, for what is missing.</summary>
    public SourceSpan Start => new(_source, 0, 0);

    public IEnumerable<Located<string>> Keys => _values.Select(entry => new Located<string>(entry.Key, entry.Value.Span));

    public Located<string>? Text(string key) => Take<string>(key, "text in quotes");

    public Located<long>? Integer(string key) => Take<long>(key, "a whole number");

    public Located<bool>? Truth(string key) => Take<bool>(key, "true or false");

    private static string NameOf(KeySyntax? key) =>
        key is null ? string.Empty : string.Join('.', key.DotKeys.Select(part => part.Key).Prepend(key.Key).Select(Word));

    private static string Word(BareKeyOrStringValueSyntax? part) => part switch
    {
        BareKeySyntax bare => bare.Key?.Text ?? string.Empty,
        StringValueSyntax text => text.Value ?? string.Empty,
        _ => string.Empty,
    };

    private Located<T>? Take<T>(string key, string expected)
    {
        if (!_values.TryGetValue(key, out var found))
        {
            return null;
        }

        if (found.Value is T value)
        {
            return new Located<T>(value, found.Span);
        }

        _diagnostics.Add(OriginalDiagnostics.WrongType(found.Span, key, expected));
        return null;
    }

    private void Add(string prefix, SyntaxList<KeyValueSyntax> items)
    {
        foreach (var item in items)
        {
            object value = item.Value switch
            {
                StringValueSyntax text => text.Value ?? string.Empty,
                IntegerValueSyntax number => number.Value,
                BooleanValueSyntax truth => truth.Value,
                _ => new object(),
            };
            _values[prefix + NameOf(item.Key)] = new Located<object>(value, SpanOf(item.Value?.Span ?? item.Span));
        }
    }

    private SourceSpan SpanOf(Tomlyn.Syntax.SourceSpan span) => new(_source, Math.Clamp(span.Start.Offset, 0, _source.Text.Length), Math.Max(span.Length, 0));
}
