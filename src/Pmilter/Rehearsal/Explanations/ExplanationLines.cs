using System.Globalization;
using Pmilter.Policies.Evaluation.Tracing;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;

namespace Pmilter.Rehearsal.Explanations;

/// <summary>Why a rule did what it did, a line a reason.</summary>
internal static class ExplanationLines
{
    private const int LabelWidth = 38;

    /// <summary>Of a rule that matched: its conditions and its limit.</summary>
    public static IEnumerable<string> Why(RuleTrace rule)
    {
        if (rule.ProtectedWhy.Length > 0)
        {
            yield return Line("protected", rule.ProtectedWhy);
        }

        foreach (var condition in rule.Conditions)
        {
            yield return Line(Label(condition, rule), $"{YesNo(condition.Value)}: {ConditionPhrase.Of(condition, rule.Scope)}");
        }

        if (rule.Limit is { } limit)
        {
            yield return Line(LimitLabel(limit), LimitText(limit, rule));
        }
    }

    /// <summary>Of a rule that did not match: the first reason.</summary>
    public static string WhyNot(RuleTrace rule)
    {
        switch (rule.State)
        {
            case RuleState.NotReached:
                return "not reached: an earlier rule decided";
            case RuleState.NotInForce:
                return "not in force now (schedule, from, until), or only for recipients that the MTA refused";
            case RuleState.Failed:
                return "a fact that it rests on could not be known; on_error decided";
            default:
                break;
        }

        foreach (var condition in rule.Conditions)
        {
            if (condition.Value is { } value && value == condition.IsUnless)
            {
                return $"{Label(condition, rule)}: {ConditionPhrase.Of(condition, rule.Scope)}";
            }
        }

        return rule.Limit is { } limit ? $"{LimitLabel(limit)}: {LimitText(limit, rule)}" : "its conditions did not hold";
    }

    public static string LimitLabel(LimitTrace limit)
    {
        var name = limit.Reading.Name[(limit.Reading.Name.IndexOf('/', StringComparison.Ordinal) + 1)..];
        return limit.Reading.Key.Length == 0 ? $"limit {name}" : $"limit {name}[{limit.Reading.Key.Replace(KeyFolding.Separator, ',')}]";
    }

    private static string LimitText(LimitTrace limit, RuleTrace rule)
    {
        if (!limit.HasCounted)
        {
            return "this event was not counted";
        }

        var window = limit.Window == TimeSpan.Zero ? string.Empty : $" in {ValueReader.Show(limit.Window)}";
        var sign = limit.Reading.Value > limit.Reading.Max ? ">" : "is not above";
        var count = rule.State == RuleState.Held ? string.Empty : $"{Number(limit.Reading.Value)} {sign} {Number(limit.Reading.Max)}{window}{First(limit)}";
        var held = limit.HeldUntil is { } until ? $"held until {until.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture)}" : string.Empty;
        return string.Join(", ", new[] { count, held }.Where(part => part.Length > 0));
    }

    /// <summary>A window of days needs the day.</summary>
    private static string First(LimitTrace limit) => limit.First is { } first
        ? $"   first {first.UtcDateTime.ToString(limit.Window >= TimeSpan.FromDays(1) ? "yyyy-MM-dd HH:mm:ss" : "HH:mm:ss", CultureInfo.InvariantCulture)}"
        : string.Empty;

    private static string Line(string label, string text) => $"= {label.PadRight(LabelWidth)} {text}";

    private static string Label(ConditionTrace condition, RuleTrace rule)
    {
        var rules = rule.Rule.Span.Source.Text.IndexOf("\nrules:", StringComparison.Ordinal);
        var isOfFile = ReferenceEquals(condition.Syntax.Span.Source, rule.Rule.Span.Source) && condition.Syntax.Span.Start < rules;
        return $"{(isOfFile ? "file " : string.Empty)}{(condition.IsUnless ? "unless" : "when")}";
    }

    private static string YesNo(bool? value) => value switch { true => "yes", false => "no", _ => "unknown" };

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
