using System.Collections.Immutable;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Text;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Policies.Syntax;

/// <summary>
/// A policy file's text to its document: the shape is checked, names inside are not resolved. Everything wrong is reported at once; what
/// is whole is in the document all the same, so that later stages add their part.
/// </summary>
public static class PolicyDocumentParser
{
    private static readonly Dictionary<string, string> KeyHints = new(StringComparer.Ordinal)
    {
        ["name"] = "the file's name is written policy: name",
        ["id"] = "the file's name is written policy: name",
        ["schedule"] = "a schedule belongs to a rule",
        ["limit"] = "a limit belongs to a rule",
    };

    /// <summary>Null when the text is not a YAML mapping.</summary>
    /// <param name="lists">When lists are read: what they are compared with; without it no line expires and no list shrinks too much.</param>
    public static PolicyDocument? Parse(SourceText source, IListFileReader files, DiagnosticBag diagnostics, ListReading? lists = null)
    {
        var root = YamlReader.Read(source, diagnostics);
        if (root is YamlMapping mapping)
        {
            return ReadFile(new MappingReader(mapping, PolicyKeys.File, diagnostics, KeyHints), source, files, lists ?? new ListReading());
        }

        if (root is not null)
        {
            diagnostics.Add(ShapeDiagnostics.WrongKind(root.Span, "the file", MappingReader.KindOf(root), "keys and values", "begin with policy: name"));
        }
        else if (!diagnostics.HasErrors)
        {
            diagnostics.Add(ShapeDiagnostics.MissingKey(new SourceSpan(source, 0, 0), "policy", "an empty file", "begin with policy: name"));
        }

        return null;
    }

    private static PolicyDocument ReadFile(MappingReader file, SourceText source, IListFileReader files, ListReading reading)
    {
        if (file.Has("version"))
        {
            file.Integer("version");
        }

        return new PolicyDocument(
            source,
            ReadName(file, source),
            file.Text("description")?.Value ?? string.Empty,
            file.Choice("mode", PolicyWords.Modes),
            file.Expression("when"),
            file.Expression("unless"),
            [.. file.Scalars("use", "a list of policy names such as [common]").Select(scalar => Names.Read(scalar, "a policy", file.Diagnostics))],
            Named(file, "lists", "a list", entry => new ListReader(files, reading, file.Diagnostics).Read(source.Path, entry.Key, entry.Value)),
            Named(file, "patterns", "a pattern", entry => PatternReader.Read(entry, file.Diagnostics)),
            Named(file, "macros", "a macro", entry => ReadMacro(entry, file)),
            Named(file, "counters", "a counter", entry => CounterReader.Read(entry, file.Diagnostics)),
            Named(file, "bans", "a ban", entry => BanReader.Read(entry, file.Diagnostics)),
            Named(file, "greylists", "a greylist", entry => GreylistReader.Read(entry, file.Diagnostics)),
            Named(file, "memories", "a memory", entry => MemoryReader.Read(entry, file.Diagnostics)),
            ReadRules(file));
    }

    private static Located<string> ReadName(MappingReader file, SourceText source)
    {
        if (file.Require("policy", "begin the file with policy: name") && file.Scalar("policy", "a name") is { } scalar)
        {
            return Names.Read(scalar, "a policy", file.Diagnostics);
        }

        return new Located<string>("unnamed", new SourceSpan(source, 0, 0));
    }

    /// <summary>A mapping of name → definition; the name is checked here, a definition that makes no sense is left out.</summary>
    private static ImmutableArray<T> Named<T>(MappingReader file, string key, string what, Func<YamlEntry, T?> read)
        where T : class
    {
        var found = ImmutableArray.CreateBuilder<T>();
        foreach (var entry in file.Nested(key, "names and their definitions")?.Entries ?? [])
        {
            Names.Read(entry.Key, what, file.Diagnostics);
            if (read(entry) is { } definition)
            {
                found.Add(definition);
            }
        }

        return found.ToImmutable();
    }

    private static MacroSyntax? ReadMacro(YamlEntry entry, MappingReader file)
    {
        if (entry.Value is not YamlScalar { IsEmpty: false } scalar)
        {
            file.Diagnostics.Add(ShapeDiagnostics.WrongKind(entry.Value.Span, entry.Key.Value, MappingReader.KindOf(entry.Value), "a condition or expression"));
            return null;
        }

        return file.Expression(scalar) is { } body ? new MacroSyntax(new Located<string>(entry.Key.Value, entry.Key.Span), body) : null;
    }

    private static ImmutableArray<RuleSyntax> ReadRules(MappingReader file)
    {
        var rules = ImmutableArray.CreateBuilder<RuleSyntax>();
        foreach (var item in file.Items("rules", "a list of rules, each beginning with '- id:'"))
        {
            if (item is not YamlMapping mapping)
            {
                file.Diagnostics.Add(ShapeDiagnostics.WrongKind(item.Span, "rules", $"a list with {MappingReader.KindOf(item)} in it", "rules, each beginning with '- id:'"));
                continue;
            }

            if (RuleReader.Read(mapping, file.Diagnostics) is { } rule)
            {
                ReportDuplicate(rules, rule, file.Diagnostics);
                rules.Add(rule);
            }
        }

        foreach (var handler in HandlerReader.Read(file))
        {
            ReportDuplicate(rules, handler, file.Diagnostics);
            rules.Add(handler);
        }

        return rules.ToImmutable();
    }

    private static void ReportDuplicate(ImmutableArray<RuleSyntax>.Builder rules, RuleSyntax rule, DiagnosticBag diagnostics)
    {
        var first = rules.FirstOrDefault(other => other.Id.Value == rule.Id.Value);
        if (first is not null && rule.Id.Value.Length > 0)
        {
            diagnostics.Add(ShapeDiagnostics.DuplicateName(rule.Id.Span, "the rule", rule.Id.Value, first.Id.Span.Line));
        }
    }
}
