using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Policies.Binding.Steps;

/// <summary>Reads the argument of a step in the shapes that the catalog shows; anything else is one diagnostic with those shapes.</summary>
internal sealed class StepArguments(StepSyntax step, StepEntry entry, DiagnosticBag diagnostics)
{
    public bool IsBare => step.Argument is null;

    public bool None() => step.Argument is null || Wrong(step.Argument);

    public bool Text([NotNullWhen(true)] out YamlScalar? text)
    {
        text = step.Argument as YamlScalar;
        return (text is not null && text.Value.Length > 0) || Wrong(step.Argument);
    }

    public bool Name([NotNullWhen(true)] out Located<string>? name)
    {
        name = step.Argument is YamlScalar { Value.Length: > 0 } scalar ? new Located<string>(scalar.Value, scalar.Span) : null;
        return name is not null || Wrong(step.Argument);
    }

    public bool Texts(out IReadOnlyList<YamlScalar> texts)
    {
        texts = step.Argument switch
        {
            YamlScalar { Value.Length: > 0 } one => [one],
            YamlSequence { Items.Length: > 0 } several when several.Items.All(i => i is YamlScalar) => [.. several.Items.Cast<YamlScalar>()],
            _ => [],
        };
        return texts.Count > 0 || Wrong(step.Argument);
    }

    public bool Number(out double number)
    {
        number = 0;
        return (step.Argument is YamlScalar scalar && double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number))
            || Wrong(step.Argument);
    }

    public bool Mapping([NotNullWhen(true)] out YamlMapping? mapping)
    {
        mapping = step.Argument as YamlMapping;
        return mapping is { Entries.Length: > 0 } || Wrong(step.Argument);
    }

    /// <summary><c>'Name: value'</c>, <c>Name</c> where no value is asked for, or a mapping of the table's keys.</summary>
    public HeaderArgument? Header(KeyTable table)
    {
        var takesValue = table.Find("value") is not null;
        var argument = step.Argument switch
        {
            YamlScalar scalar when takesValue => ShortHeader(scalar),
            YamlScalar scalar => new HeaderArgument(scalar, null, null, null),
            YamlMapping mapping when Knows(mapping, table) => LongHeader(mapping, takesValue),
            _ => null,
        };
        if (argument is null)
        {
            Wrong(step.Argument);
            return null;
        }

        var name = table == StepKeys.DeleteHeader ? argument.Name.Value.TrimEnd('*') : argument.Name.Value;
        return IsHeaderName(name, argument.Name.Span) ? argument : null;
    }

    private static HeaderArgument? ShortHeader(YamlScalar scalar)
    {
        var colon = scalar.Value.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0)
        {
            return null;
        }

        var start = colon + 1;
        while (start < scalar.Value.Length && scalar.Value[start] == ' ')
        {
            start++;
        }

        var name = new YamlScalar(scalar.Span, scalar.Value[..colon].TrimEnd(), YamlStyle.Plain);
        return new HeaderArgument(name, new YamlScalar(scalar.SpanOf(start, scalar.Value.Length - start), scalar.Value[start..], YamlStyle.Plain), null, null);
    }

    /// <summary>An index and a pattern say the same thing twice.</summary>
    private static HeaderArgument? LongHeader(YamlMapping mapping, bool takesValue)
    {
        int? index = null;
        if (Has(mapping, "index"))
        {
            if (!int.TryParse(Read(mapping, "index")?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return null;
            }

            index = number;
        }

        var (name, value, pattern) = (Read(mapping, "name"), Read(mapping, "value"), Read(mapping, "pattern"));
        var isWhole = (value is not null || !takesValue) && (pattern is not null || !Has(mapping, "pattern")) && (pattern is null || index is null);
        return isWhole && name is not null ? new HeaderArgument(name, value, index, pattern) : null;
    }

    /// <summary>Text, or <c>{ text, html }</c>.</summary>
    public bool AddedText([NotNullWhen(true)] out YamlScalar? text, out YamlScalar? html)
    {
        html = null;
        text = step.Argument as YamlScalar;
        if (step.Argument is YamlMapping mapping && Knows(mapping, StepKeys.AddedText))
        {
            text = Read(mapping, "text");
            html = Read(mapping, "html");
        }

        return text is { Value.Length: > 0 } || Wrong(step.Argument);
    }

    /// <summary>An address, or <c>{ address, arguments }</c>.</summary>
    public bool Address([NotNullWhen(true)] out YamlScalar? address, out string? arguments)
    {
        arguments = null;
        address = step.Argument as YamlScalar;
        if (step.Argument is YamlMapping mapping && Knows(mapping, StepKeys.Address))
        {
            address = Read(mapping, "address");
            arguments = Read(mapping, "arguments")?.Value;
        }

        return address is { Value.Length: > 0 } || Wrong(step.Argument);
    }

    public bool Wrong(YamlNode? node)
    {
        diagnostics.Add(PolicyDiagnostics.StepArgument(node?.Span ?? step.Name.Span, step.Name.Value, string.Join(" or ", entry.Shapes)));
        return false;
    }

    private static YamlScalar? Read(YamlMapping mapping, string key)
    {
        foreach (var entry in mapping.Entries)
        {
            if (string.Equals(entry.Key.Value, key, StringComparison.Ordinal))
            {
                return entry.Value as YamlScalar;
            }
        }

        return null;
    }

    private static bool Knows(YamlMapping mapping, KeyTable table) => mapping.Entries.All(e => table.Find(e.Key.Value) is not null);

    private static bool Has(YamlMapping mapping, string key) => mapping.Entries.Any(e => string.Equals(e.Key.Value, key, StringComparison.Ordinal));

    private bool IsHeaderName(string name, SourceSpan span)
    {
        // RFC 5322 3.6.8: printable ASCII but the colon.
        if (name.Length is > 0 and < 256 && name.All(c => c is > ' ' and < '\u007F' and not ':'))
        {
            return true;
        }

        diagnostics.Add(PolicyDiagnostics.BadHeaderName(span, name));
        return false;
    }
}

/// <summary>Which header field a step speaks of, and what it writes.</summary>
/// <param name="Value">Null where the step takes none.</param>
/// <param name="Index">Null where none is given.</param>
/// <param name="Pattern">The name of a pattern; null where none is given.</param>
internal sealed record HeaderArgument(YamlScalar Name, YamlScalar? Value, int? Index, YamlScalar? Pattern);
