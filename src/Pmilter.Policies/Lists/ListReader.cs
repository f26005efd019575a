using Pmilter.Policies.Lists.Files;
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
        var guard = new ListGuard(list.Integer("min_items"), list.Percent("max_shrink"));
        if (list.Has("items") == list.Has("file"))
        {
            diagnostics.Add(ListDiagnostics.ItemsOrFile(list.Start, list.Has("items")));
            return null;
        }

        if (type is null)
        {
            return null;
        }

        var source = Replaced(name, list);
        var located = new Located<string>(name.Value, name.Span);
        var before = reading.PreviousCount(policyPath, name.Value);
        MailList? found = !source.Has("file") ? ReadInline(source, type.Value, content => guard.Check(content.Count, before, name.Span))
            : source.Text("file") is { } path ? ReadFile(new ListDefinition(located, type.Value, policyPath, path, guard), before)
            : null;
        return found is null ? null : new ListSyntax(located, found);
    }

    private MappingReader Replaced(YamlScalar name, MappingReader list) => reading.Replacement(name.Value) is { } items
        ? new MappingReader(new YamlMapping(items.Span, [new YamlEntry(new YamlScalar(name.Span, "items", YamlStyle.Plain), items)]), PolicyKeys.List, diagnostics)
        : list;

    private FileList? ReadFile(ListDefinition definition, int? before)
    {
        var verdict = new ListLoading(definition, files, reading).Load(before);
        if (!verdict.IsKept)
        {
            AddAll(verdict.Problems);
        }

        if (verdict.Loaded is not { } loaded)
        {
            return null;
        }

        var content = new FileList(definition, loaded, verdict.Stamp);
        if (verdict.IsKept)
        {
            reading.Kept?.Invoke(new KeptList(content, verdict.Problems, verdict.IsFromCopy));
        }

        return content;
    }

    private MailList? ReadInline(MappingReader list, ListType type, Func<MailList, IEnumerable<Diagnostic>> check)
    {
        if (ReadItems(list, type) is not { } content)
        {
            return null;
        }

        _limit.Close();
        AddAll(check(content));
        return content;
    }

    private void AddAll(IEnumerable<Diagnostic> found)
    {
        foreach (var diagnostic in found)
        {
            diagnostics.Add(diagnostic);
        }
    }

    private MailList? ReadItems(MappingReader list, ListType type)
    {
        if (type == ListType.Map)
        {
            return list.Nested("items", "keys and values: { example.jp: isp }") is { } items ? new MapReader(_limit).ReadInline(items) : null;
        }

        var scalars = list.Scalars("items", "a list such as ['a', 'b']");
        var builder = ListBuilder.Create(type, _limit, tellsDuplicates: true);
        foreach (var scalar in scalars)
        {
            if (TryRead(scalar, type, out var entry) && !builder.Add(entry))
            {
                _limit.Add(ListDiagnostics.Duplicate(entry.Span, entry.Text.ToString()));
            }
        }

        return builder.Build(new Reasons(areKept: false));
    }

    private bool TryRead(YamlScalar scalar, ListType type, out ListEntry entry)
    {
        if (type is ListType.Text or ListType.Country or ListType.Domain)
        {
            MappingReader.CheckText(scalar, diagnostics);
        }

        if (type == ListType.Text)
        {
            CheckNumber(scalar);
            entry = new ListEntry(scalar.Value, scalar.Span);
            return true;
        }

        var inner = scalar.SpanOf(0, scalar.Value.Length);
        if (inner.Length == scalar.Value.Length)
        {
            return new ListLines(reading.Now, _limit).TryRead(new ListLine(inner), hasComments: false, out entry);
        }

        entry = new ListEntry(scalar.Value, scalar.Span);
        return scalar.Value.Length > 0;
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
}
