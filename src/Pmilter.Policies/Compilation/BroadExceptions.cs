using System.Collections.Immutable;
using Pmilter.Policies.Binding.Rules;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Lists.Broad;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Compilation;

/// <summary>
/// Lists of exceptions that except far more than one thinks: 0.0.0.0/0, .com, gmail.com. In a list of what is suspicious the same entries
/// mean what they say, so only those are warned about that an unless, or the condition of an allow or accept, asks.
/// </summary>
internal static class BroadExceptions
{
    public static void Report(ImmutableArray<BoundPolicy> policies, DiagnosticBag diagnostics)
    {
        var told = new HashSet<MailList>();
        foreach (var policy in policies)
        {
            foreach (var name in ExceptingLists(policy))
            {
                if (policy.Scope.Lists.TryGetValue(name, out var list) && told.Add(list))
                {
                    Report(name, list, diagnostics);
                }
            }
        }
    }

    private static IEnumerable<string> ExceptingLists(BoundPolicy policy)
    {
        var excepting = policy.Rules.SelectMany(rule => rule.Conditions.Unless)
            .Concat(policy.Counters.SelectMany(counter => counter.Conditions.Unless))
            .Concat(policy.Rules.Where(rule => rule.Verdict is { Word: VerdictWord.Allow or VerdictWord.AllowAll or VerdictWord.Accept }).SelectMany(rule => rule.Conditions.When));
        return excepting.SelectMany(condition => condition.Usage.Lists);
    }

    private static void Report(string name, MailList list, DiagnosticBag diagnostics)
    {
        foreach (var group in list.Broad.Groups)
        {
            var entries = string.Join(", ", group.Entries) + (group.Count > group.Entries.Length ? $" and {group.Count - group.Entries.Length} more" : string.Empty);
            diagnostics.Add(group.Kind switch
            {
                BroadKind.Network => ListDiagnostics.BroadNetworks(group.Span, name, entries),
                BroadKind.Suffix => ListDiagnostics.BroadSuffixes(group.Span, name, entries),
                _ => ListDiagnostics.BroadProviders(group.Span, name, entries),
            });
        }
    }
}
