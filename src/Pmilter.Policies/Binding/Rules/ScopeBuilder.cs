using Pmilter.Policies.Lists;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding.Rules;

/// <summary>Which names a file may use: its own lists, patterns and macros and those that it imports. Independent of the files' order.</summary>
internal sealed class ScopeBuilder(IReadOnlyList<PolicyDocument> documents, Compilation.CompilerOptions options, DiagnosticBag diagnostics)
{
    public BindingScope Build(PolicyDocument document)
    {
        var scope = new BindingScope
        {
            PolicyName = document.Name.Value,
            IsTracing = options.IsTracing,
            IsWatching = options.IsWatching,
            NoticeTargets = options.NoticeTargets,
            TrustedAuthServers = options.TrustedAuthServers.Select(DomainText.Normalize).ToHashSet(StringComparer.OrdinalIgnoreCase),
            ChecksAuthentication = options.Authentication is not null,
        };
        var origins = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var imported in Imports(document))
        {
            Import(document, imported, scope, origins);
        }

        Import(document, document, scope, origins);
        foreach (var each in documents)
        {
            CollectTags(each, scope.Tags);
        }

        return scope;
    }

    private IEnumerable<PolicyDocument> Imports(PolicyDocument document)
    {
        foreach (var use in document.Use)
        {
            var imported = documents.FirstOrDefault(d => string.Equals(d.Name.Value, use.Value, StringComparison.Ordinal));
            if (imported is null)
            {
                diagnostics.Add(PolicyDiagnostics.UnknownImport(use, documents.Select(d => d.Name.Value)));
            }
            else if (!ReferenceEquals(imported, document))
            {
                yield return imported;
            }
        }
    }

    private void Import(PolicyDocument into, PolicyDocument from, BindingScope scope, Dictionary<string, string> origins)
    {
        foreach (var list in from.Lists)
        {
            Claim(into, from, "list", list.Name, origins);
            scope.Lists[list.Name.Value] = list.Content;
        }

        foreach (var pattern in from.Patterns)
        {
            Claim(into, from, "pattern", pattern.Name, origins);
            scope.Patterns[pattern.Name.Value] = pattern.Pattern;
        }

        foreach (var macro in from.Macros)
        {
            Claim(into, from, "macro", macro.Name, origins);
            scope.Macros[macro.Name.Value] = macro.Body;
        }
    }

    private void Claim(PolicyDocument into, PolicyDocument from, string kind, Located<string> name, Dictionary<string, string> origins)
    {
        var claim = $"{kind} {name.Value}";
        if (origins.TryGetValue(claim, out var first))
        {
            var use = into.Use.FirstOrDefault(u => string.Equals(u.Value, from.Name.Value, StringComparison.Ordinal));
            diagnostics.Add(PolicyDiagnostics.ImportClash((use ?? name).Span, kind, name.Value, first, from.Name.Value));
            return;
        }

        origins.Add(claim, from.Name.Value);
    }

    private static void CollectTags(PolicyDocument document, HashSet<string> tags)
    {
        foreach (var step in document.Rules.SelectMany(r => r.Then).Where(s => string.Equals(s.Name.Value, "tag", StringComparison.Ordinal)))
        {
            var words = step.Argument switch
            {
                YamlScalar word => [word],
                YamlSequence sequence => sequence.Items.OfType<YamlScalar>(),
                _ => [],
            };
            tags.UnionWith(words.Select(w => w.Value));
        }
    }
}
