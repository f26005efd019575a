using System.Globalization;
using Pmilter.Policies.Evaluation;

namespace Pmilter.Reloading;

/// <summary>How two policy sets differ in what they do, not in how they are written.</summary>
internal static class SetDifference
{
    /// <summary>A line a difference; empty where they do the same.</summary>
    public static IReadOnlyList<string> Between(PolicySet older, PolicySet newer)
    {
        var lines = new List<string>();
        var before = older.Rules.ToDictionary(NameOf, StringComparer.Ordinal);
        var after = newer.Rules.ToDictionary(NameOf, StringComparer.Ordinal);
        lines.AddRange(before.Keys.Where(name => !after.ContainsKey(name)).Select(name => $"{name}: gone"));
        foreach (var (name, rule) in after)
        {
            if (!before.TryGetValue(name, out var old))
            {
                lines.Add($"{name}: new, {Word(rule)}");
                continue;
            }

            Compare(lines, name, "phase", old.Phase.ToString().ToLowerInvariant(), rule.Phase.ToString().ToLowerInvariant());
            Compare(lines, name, "mode", Word(old), Word(rule));
            Compare(lines, name, "condition", old.Condition, rule.Condition);
            Compare(lines, name, "limit", old.Limit, rule.Limit);
            Compare(lines, name, "outcome", old.Outcome, rule.Outcome);
        }

        CompareOrder(lines, before, after);
        foreach (var (list, count) in newer.ListCounts)
        {
            if (older.ListCounts.TryGetValue(list, out var had) && had != count)
            {
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"list {list.List}: {had} entries → {count}"));
            }
        }

        return lines;
    }

    private static void Compare(List<string> lines, string name, string what, string old, string now)
    {
        if (!string.Equals(old, now, StringComparison.Ordinal))
        {
            lines.Add($"{name}: {what} {Shown(old)} → {Shown(now)}");
        }
    }

    private static void CompareOrder(List<string> lines, Dictionary<string, RuleSummary> before, Dictionary<string, RuleSummary> after)
    {
        if (!before.Keys.Where(after.ContainsKey).SequenceEqual(after.Keys.Where(before.ContainsKey), StringComparer.Ordinal))
        {
            lines.Add("the order of the rules has changed");
        }
    }

    private static string NameOf(RuleSummary rule) => $"{rule.Rule.Policy}/{rule.Rule.Id}";

    private static string Word(RuleSummary rule) => rule.Rule.Mode.ToString().ToLowerInvariant();

    private static string Shown(string text) => text.Length == 0 ? "none" : text;
}
