using System.Text.RegularExpressions;
using Pmilter.Policies.Binding.Rules;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Compilation;

/// <summary>Conditions and limits as written, on one line, for <c>pmilter rules</c>.</summary>
internal static partial class RuleText
{
    public static string Condition(BoundConditions conditions)
    {
        var parts = conditions.When.Select(c => Source(c.Syntax)).Concat(conditions.Unless.Select(c => $"unless {Source(c.Syntax)}"));
        return string.Join("; ", parts);
    }

    public static string Limit(BoundLimit? limit)
    {
        if (limit is null)
        {
            return string.Empty;
        }

        var window = limit.Counter.Definition.Window == TimeSpan.Zero ? string.Empty : $" in {ValueReader.Show(limit.Counter.Definition.Window)}";
        var hold = limit.Hold is { } h ? $", hold {ValueReader.Show(h.For)}" : string.Empty;
        return $"{limit.Counter.Name} > {Source(limit.Max.Syntax)}{window}{hold}{(limit.EmptiesAfter ? ", then empty" : string.Empty)}";
    }

    public static string Source(ExpressionSyntax syntax) =>
        Spaces().Replace(syntax.Span.Source.Text.Substring(syntax.Span.Start, syntax.Span.Length), " ").Trim();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Spaces();
}
