using System.Collections.Immutable;
using Pmilter.Policies.Binding;
using Pmilter.Policies.Binding.Rules;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Compilation;

/// <summary>Names that are defined and that nothing reads, in the file itself or in those that import it.</summary>
internal static class UnusedNames
{
    public static void Report(ImmutableArray<BoundPolicy> policies, DiagnosticBag diagnostics)
    {
        foreach (var policy in policies)
        {
            var document = policy.Document;
            var users = policies.Where(p => ReferenceEquals(p, policy) || p.Document.Use.Any(u => string.Equals(u.Value, document.Name.Value, StringComparison.Ordinal))).ToArray();
            var usages = users.SelectMany(Usages).ToArray();
            var names = users.SelectMany(u => ExpressionNames.In(u.Document)).ToHashSet(StringComparer.Ordinal);
            Report(document.Lists.Select(l => l.Name), "list", n => usages.Any(u => u.Lists.Contains(n)), diagnostics);
            Report(document.Patterns.Select(p => p.Name), "pattern", n => usages.Any(u => u.Lists.Contains(n)), diagnostics);
            Report(document.Macros.Select(m => m.Name), "macro", names.Contains, diagnostics);
            Report(document.Counters.Select(c => c.Name), "counter", n => Usages(policy).Any(u => u.Counters.Any(c => string.Equals(c.Name, n, StringComparison.Ordinal))), diagnostics);
            Report(document.Greylists.Select(g => g.Name), "greylist", n => Usages(policy).Any(u => u.Greylists.Any(g => string.Equals(g.Name, n, StringComparison.Ordinal))), diagnostics);
            Report(document.Memories.Select(m => m.Name), "memory", n => Usages(policy).Any(u => u.Memories.Any(m => string.Equals(m.Name, n, StringComparison.Ordinal))), diagnostics);
            Report(document.Bans.Select(b => b.Name), "ban", n => Usages(policy).Any(u => u.Bans.Any(b => string.Equals(b.Name, n, StringComparison.Ordinal))), diagnostics);
        }
    }

    private static void Report(IEnumerable<Located<string>> names, string kind, Func<string, bool> isUsed, DiagnosticBag diagnostics)
    {
        foreach (var name in names.Where(n => !isUsed(n.Value)))
        {
            diagnostics.Add(PolicyWarnings.Unused(name, kind));
        }
    }

    private static IEnumerable<ExpressionUsage> Usages(BoundPolicy policy) =>
        policy.Rules.Select(r => r.Usage).Concat(policy.Counters.Select(c => c.Usage));
}
