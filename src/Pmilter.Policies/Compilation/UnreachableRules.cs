using System.Collections.Immutable;
using Pmilter.Policies.Binding;
using Pmilter.Policies.Binding.Rules;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Compilation;

/// <summary>Rules that never come to their turn: behind one of the same file and phase that always decides, or decides the same case first.</summary>
internal static class UnreachableRules
{
    public static void Report(ImmutableArray<BoundPolicy> policies, DiagnosticBag diagnostics)
    {
        foreach (var policy in policies)
        {
            foreach (var phase in policy.Rules.Where(r => r.Reference.Mode != PolicyMode.Off).GroupBy(r => r.Phase))
            {
                Report([.. phase], diagnostics);
            }
        }
    }

    private static void Report(ImmutableArray<BoundRule> rules, DiagnosticBag diagnostics)
    {
        BoundRule? always = null;
        var decided = new Dictionary<string, BoundRule>(StringComparer.Ordinal);
        foreach (var rule in rules)
        {
            var id = rule.Syntax.Id;
            if (always is not null && !Passes(always, rule))
            {
                diagnostics.Add(PolicyWarnings.UnreachableBehind(id.Span, id.Value, always.Syntax.Id.Value));
                continue;
            }

            if (rule.Syntax.When is BoolSyntax { Value: false } || rule.Syntax.Unless is BoolSyntax { Value: true })
            {
                diagnostics.Add(PolicyWarnings.NeverTrue(id.Span, id.Value));
                continue;
            }

            var condition = RuleText.Condition(rule.Conditions);
            if (!IsConditional(rule) && decided.TryGetValue(condition, out var first) && !Passes(first, rule))
            {
                diagnostics.Add(PolicyWarnings.SameCondition(id.Span, id.Value, first.Syntax.Id.Value));
            }

            if (!Decides(rule) || IsConditional(rule))
            {
                continue;
            }

            decided.TryAdd(condition, rule);
            always = rule.Syntax is { When: null or BoolSyntax { Value: true }, Unless: null or BoolSyntax { Value: false } } ? rule : null;
        }
    }

    /// <summary>Whom the first spares, the later one reaches.</summary>
    private static bool Passes(BoundRule first, BoundRule later) => first.Withholds && !first.Syntax.IncludesProtected && later.Syntax.IncludesProtected;

    private static bool Decides(BoundRule rule) => rule.Verdict is not null && rule.Reference.Mode == PolicyMode.Enforce;

    /// <summary>By time, by count, by a script, or by recipients that other rules do not see.</summary>
    private static bool IsConditional(BoundRule rule) =>
        rule.Limit is not null || rule.Script is not null || rule.Greylist is not null || rule.Syntax.Schedule is not null || rule.Syntax.From is not null || rule.Syntax.Until is not null
        || (rule.Phase == Phase.Rcpt && rule.Syntax.IncludesMtaRefused);
}
