using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Server;

namespace Pmilter.Promotion;

/// <summary>What is to be enforced: a rule, or all of a policy that are not off.</summary>
/// <param name="IsWhole">The policy was named.</param>
/// <param name="Rules">Of one policy; not empty.</param>
internal sealed record PromotionTarget(string Policy, bool IsWhole, IReadOnlyList<RuleReference> Rules)
{
    private const string WholeMark = "/*";

    /// <summary><c>own_domain</c>, <c>own_domain/forged_from</c>.</summary>
    public string Name => IsWhole ? Policy : $"{Policy}/{Rules[0].Id}";

    /// <summary>Those that only watch now.</summary>
    public IReadOnlyList<RuleReference> Watching => [.. Rules.Where(rule => rule.Mode == PolicyMode.Monitor)];

    public bool Has(RuleReference rule) => rule.Policy == Policy && Rules.Any(wanted => wanted.Id == rule.Id);

    /// <param name="name">A policy, a rule, <c>policy/rule</c>, or <c>policy/*</c> for a policy that is called like a rule.</param>
    /// <exception cref="ServerStartException">Nothing, or more than one thing, is called so.</exception>
    public static PromotionTarget Find(string name, IReadOnlyList<RuleReference> rules)
    {
        var policy = name.EndsWith(WholeMark, StringComparison.Ordinal) ? name[..^WholeMark.Length] : name;
        RuleReference[] whole = [.. rules.Where(rule => rule.Policy == policy)];
        RuleReference[] single = [.. rules.Where(rule => rule.Id == name || $"{rule.Policy}/{rule.Id}" == name)];
        return (whole.Length, single.Length) switch
        {
            (0, 0) => throw Unknown(name, rules),
            (0, 1) => new PromotionTarget(single[0].Policy, IsWhole: false, single),
            ( > 0, 0) => new PromotionTarget(policy, IsWhole: true, whole),
            _ => throw Ambiguous(name, [.. whole.Length > 0 ? [policy + WholeMark] : Array.Empty<string>(), .. single.Select(rule => $"{rule.Policy}/{rule.Id}")]),
        };
    }

    private static ServerStartException Unknown(string name, IReadOnlyList<RuleReference> rules)
    {
        var hint = Suggestion.For(name, rules.SelectMany(rule => new[] { rule.Policy, rule.Id, $"{rule.Policy}/{rule.Id}" }).Distinct(StringComparer.Ordinal));
        return new ServerStartException($"No policy and no rule is called '{name}'{(hint is null ? "." : $"; {hint}")} 'pmilter rules' lists them.");
    }

    private static ServerStartException Ambiguous(string name, IReadOnlyList<string> meant) =>
        new($"'{name}' is more than one; write one of {string.Join(", ", meant)}.");
}
