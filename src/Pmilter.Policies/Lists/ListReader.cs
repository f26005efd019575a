using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Policies.Lists;

/// <summary>Reads a list's definition and its content; a list with wrong entries is there all the same, for later stages.</summary>
internal sealed class ListReader(IListFileReader files, ListReading reading, DiagnosticBag diagnostics)
{
    private readonly ListDiagnosticLimit _limit = new(diagnostics);

    public ListSyntax? Read(string policyPath, YamlScalar name, YamlNode definition)
    {
        if (definition is not YamlMapping mapping)
        {
            diagnostics.Add(ListDiagnostics.NotAMapping(definition.Span, name.Value, MappingReader.KindOf(definition)));
            return null;
        }

        var list = new MappingReader(mapping, PolicyKeys.List, diagnostics);
        var type = list.Require("type", "write type: cidr, country, domain, address, text, number or map") ? list.Choice("type", PolicyWords.ListTypes) : null;
        var least = list.Integer("min_items");
        var shrink = list.Percent("max_shrink");
        if (list.Has("items") == list.Has("file"))
        {
            diagnostics.Add(ListDiagnostics.ItemsOrFile(list.Start, list.Has("items")));
            return null;
        }

        if (type is null || ReadContent(Replaced(name, list), type.Value, policyPath) is not { } content)
        {
            return null;
        }

        _limit.Close();
        CheckCount(content.Count, least, shrink, reading.PreviousCount(policyPath, name.Value), name.Span);
        return new ListSyntax(new Located<string>(name.Value, name.Span), content);
    }

    private MappingReader Replaced(YamlScalar name, MappingReader list) => reading.Replacement(name.Value) is { } items
        ? new MappingReader(new YamlMapping(items.Span, [new YamlEntry(new YamlScalar(name.Span, "items", YamlStyle.Plain), items)]), PolicyKeys.List, diagnostics)
        : list;

    private MailList? ReadContent(MappingReader list, ListType type, string policyPath)
    {
        if (!list.Has("file"))
        {
            return ReadInline(list, type);
        }

        if (list.Text("file") is not { } path)
        {
            return null;
        }

        if (files.Read(policyPath, path.Value, out var error) is not { } source)
        {
            diagnostics.Add(ListDiagnostics.Unreadable(path.Span, path.Value, error));
            return null;
        }

        var lines = new ListLines(reading.Now, _limit).Of(source);
        return type == ListType.Map ? new MapReader(_limit).ReadFile(lines) : Build(type, lines, reportsDuplicates: false);
    }

    private MailList? ReadInline(MappingReader list, ListType type)
    {
        if (type == ListType.Map)
        {
            return list.Nested("items", "keys and values: { example.jp: isp }") is { } items ? new MapReader(_limit).ReadInline(items) : null;
        }

        var scalars = list.Scalars("items", "a list such as ['a', 'b']");
        return Build(type, scalars.Select(scalar => EntryOf(scalar, type)).OfType<ListEntry>(), reportsDuplicates: true);
    }

    private ListEntry? EntryOf(YamlScalar scalar, ListType type)
    {
        if (type is ListType.Text or ListType.Country or ListType.Domain)
        {
            MappingReader.CheckText(scalar, diagnostics);
        }

        if (type == ListType.Text)
        {
            CheckNumber(scalar);
            return new ListEntry(scalar.Value, scalar.Span);
        }

        var inner = scalar.SpanOf(0, scalar.Value.Length);
        return inner.Length == scalar.Value.Length ? new ListLines(reading.Now, _limit).Read(inner, hasComments: false) : new ListEntry(scalar.Value, scalar.Span);
    }

    /// <summary>4.10, 007 and 1e3 stay as written here, and become 4.1, 7 and 1000 for a YAML tool that rewrites the file.</summary>
    private void CheckNumber(YamlScalar scalar)
    {
        if (scalar.Style != YamlStyle.Plain
            || !double.TryParse(scalar.Value, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var value)
            || value.ToString("R", System.Globalization.CultureInfo.InvariantCulture) == scalar.Value)
        {
            return;
        }

        diagnostics.Add(YamlDiagnostics.NumberWord(scalar.Span, scalar.Value));
    }

    private MailList Build(ListType type, IEnumerable<ListEntry> entries, bool reportsDuplicates)
    {
        var builder = ListBuilder.Create(type, _limit);
        foreach (var entry in entries)
        {
            if (!builder.Add(entry) && reportsDuplicates)
            {
                _limit.Add(ListDiagnostics.Duplicate(entry.Span, entry.Text));
            }
        }

        return builder.Build();
    }

    private void CheckCount(int count, int? least, double? shrink, int? before, SourceSpan span)
    {
        if (count < least)
        {
            diagnostics.Add(ListDiagnostics.TooFew(span, count, least.Value));
        }

        if (shrink is { } share && before is { } previous && count < previous * (1 - share))
        {
            diagnostics.Add(ListDiagnostics.Shrank(span, count, previous, share));
        }
    }
}
