using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Promotion;

/// <summary>Entries of <c>policies.mode</c> in the text of pmilter.yaml, written into what is there.</summary>
internal static class ServerModesText
{
    /// <summary>Null where the file is written in a way in which the place cannot be found.</summary>
    /// <param name="source">pmilter.yaml, without errors.</param>
    public static TextEdits? Set(SourceText source, IReadOnlyList<string> policies, string mode)
    {
        var edits = new TextEdits(source);
        var root = YamlReader.Read(source, new DiagnosticBag());
        return (root, (root as YamlMapping)?.ValueOf("policies")) switch
        {
            (null, _) => AddSection(edits, policies, mode),
            (YamlMapping mapping, null) when !mapping.IsFlow() => AddSection(edits, policies, mode),
            (YamlMapping, YamlMapping section) => SetIn(edits, section, policies, mode),
            _ => null,
        };
    }

    /// <summary><c>{ greylist: monitor }</c>.</summary>
    public static string Mapping(IReadOnlyList<string> policies, string mode) => $"{{ {Entries(policies, mode)} }}";

    private static string Entries(IReadOnlyList<string> policies, string mode) => string.Join(", ", policies.Select(policy => $"{policy}: {mode}"));

    private static TextEdits AddSection(TextEdits edits, IReadOnlyList<string> policies, string mode)
    {
        edits.Append("policies:", $"  mode: {Mapping(policies, mode)}");
        return edits;
    }

    private static TextEdits? SetIn(TextEdits edits, YamlMapping section, IReadOnlyList<string> policies, string mode)
    {
        switch (section.ValueOf("mode"))
        {
            case YamlMapping modes:
                SetEntries(edits, modes, policies, mode);
                return edits;
            case null:
                Add(edits, section, [$"mode: {Mapping(policies, mode)}"], before: null);
                return edits;
            default:
                return null;
        }
    }

    private static void SetEntries(TextEdits edits, YamlMapping modes, IReadOnlyList<string> policies, string mode)
    {
        foreach (var policy in policies)
        {
            if (modes.ValueOf(policy) is { } value)
            {
                edits.Replace(value.Span, mode);
            }
        }

        string[] added = [.. policies.Where(policy => modes.ValueOf(policy) is null).Select(policy => $"{policy}: {mode}")];
        if (added.Length > 0)
        {
            Add(edits, modes, added, before: "default");
        }
    }

    /// <summary>Before that key where it is there, with the comments above it staying its own; else at the end.</summary>
    private static void Add(TextEdits edits, YamlMapping mapping, IReadOnlyList<string> entries, string? before)
    {
        var next = mapping.Entries.FirstOrDefault(entry => entry.Key.Value == before);
        var flow = string.Join(", ", entries);
        if (mapping.IsFlow())
        {
            if (mapping.Entries.Length == 0)
            {
                edits.Replace(mapping.Span, $"{{ {flow} }}");
            }
            else if (next is not null)
            {
                edits.Insert(next.Key.Span.Start, $"{flow}, ");
            }
            else
            {
                edits.Insert(mapping.Entries[^1].Value.Span.EndOf(), $", {flow}");
            }

            return;
        }

        var index = next is null ? -1 : mapping.Entries.IndexOf(next);
        var above = index > 0 ? mapping.Entries[index - 1] : mapping.Entries[^1];
        foreach (var entry in entries)
        {
            edits.InsertLineBelow(above.Value.Span.EndOf(), above.Key.Span.Column - 1, entry);
        }
    }
}
