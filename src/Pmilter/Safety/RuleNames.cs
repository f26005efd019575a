using Pmilter.Admin;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Server;

namespace Pmilter.Safety;

/// <summary>Rules as operators name them: those of the policies in force, and those that are still lowered and have gone.</summary>
internal sealed class RuleNames(PolicyHost policies, InterventionKeeper keeper)
{
    public PolicyMode ModeOf(string name) => policies.Current.Rules.First(rule => $"{rule.Rule.Policy}/{rule.Rule.Id}" == name).Rule.Mode;

    public bool Has(string name) => policies.Current.Rules.Any(rule => $"{rule.Rule.Policy}/{rule.Rule.Id}" == name);

    /// <summary>Whole, or <c>all</c>.</summary>
    /// <exception cref="AdminException">There is none, or more than one.</exception>
    public string Resolve(string rule)
    {
        if (rule == LoweredRule.All)
        {
            return rule;
        }

        string[] known = [.. keeper.Current.InMonitor.Distinct(StringComparer.Ordinal).Where(name => !Has(name)), .. policies.Current.Rules.Where(each => each.Rule.Policy != BlockPolicy.Name).Select(each => $"{each.Rule.Policy}/{each.Rule.Id}")];
        string[] found = [.. known.Where(name => name == rule || name.EndsWith($"/{rule}", StringComparison.Ordinal))];
        return found.Length switch
        {
            1 => found[0],
            0 => throw new AdminException($"There is no rule '{rule}'; {Suggestion.For(rule, known.Concat(known.Select(name => name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..]))) ?? "'pmilter rules' lists them."}"),
            _ => throw new AdminException($"'{rule}' could be {string.Join(" or ", found)}; write it whole."),
        };
    }

    public static string Word(PolicyMode mode) => mode.ToString().ToLowerInvariant();
}
