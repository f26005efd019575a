using System.Globalization;
using System.Net;
using Pmilter.Policies.Binding;
using Pmilter.Policies.Evaluation.Tracing;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Syntax;

namespace Pmilter.Rehearsal.Explanations;

/// <summary>Says in words why a condition came out as it did: only the parts that decided.</summary>
internal sealed class ConditionPhrase(ConditionTrace condition, BindingScope? scope)
{
    private const int MostCharacters = 60;

    private static readonly Dictionary<BinaryOperator, string> Signs = new()
    {
        [BinaryOperator.Equal] = "=",
        [BinaryOperator.NotEqual] = "<>",
        [BinaryOperator.Less] = "<",
        [BinaryOperator.LessOrEqual] = "<=",
        [BinaryOperator.Greater] = ">",
        [BinaryOperator.GreaterOrEqual] = ">=",
    };

    /// <summary><c>RU is in watched_countries; 203.0.113.9 is not in partners</c>.</summary>
    public static string Of(ConditionTrace condition, BindingScope? scope) => new ConditionPhrase(condition, scope).Say(condition.Syntax);

    private string Say(ExpressionSyntax syntax)
    {
        if (Truth(syntax) is not { } truth)
        {
            return $"{Source(syntax)} is not known";
        }

        switch (syntax)
        {
            case BinarySyntax { Operator: BinaryOperator.And or BinaryOperator.Or } junction:
                // One side that decides is the whole reason; else both are.
                var decides = junction.Operator == BinaryOperator.Or;
                return Truth(junction.Left) == decides && truth == decides ? Say(junction.Left)
                    : Truth(junction.Right) == decides && truth == decides ? Say(junction.Right)
                    : $"{Say(junction.Left)}; {Say(junction.Right)}";
            case UnarySyntax { Operator: UnaryOperator.Not } not:
                return Say(not.Operand);
            case BinarySyntax comparison when Signs.TryGetValue(comparison.Operator, out var sign):
                return Compare(comparison, sign, truth);
            case CallSyntax call:
                return Call(call, truth);
            default:
                return $"{Source(syntax)} is {Shown(truth)}";
        }
    }

    private string Compare(BinarySyntax comparison, string sign, bool truth)
    {
        var left = Operand(comparison.Left);
        var right = Operand(comparison.Right);
        if (comparison.Operator == BinaryOperator.Equal)
        {
            return truth ? $"{Named(comparison.Left)} is {left}" : $"{Named(comparison.Left)} is {left}, not {right}";
        }

        if (comparison.Operator == BinaryOperator.NotEqual)
        {
            return truth ? $"{Named(comparison.Left)} is {left}, not {right}" : $"{Named(comparison.Left)} is {left}";
        }

        return $"{Named(comparison.Left)} {left} {sign} {right}{(truth ? string.Empty : " does not hold")}";
    }

    private string Call(CallSyntax call, bool truth)
    {
        var not = truth ? string.Empty : "not ";
        var arguments = call.Arguments;
        switch (call.Function)
        {
            case "in_list":
                var name = Text(arguments[1]);
                var match = truth && scope?.Lists.GetValueOrDefault(name) is { } list ? list.Match(Plain(arguments[0])) : null;
                return $"{Operand(arguments[0])} is {not}in {name}{(match is { } member ? Membership(member, Plain(arguments[0])) : string.Empty)}";
            case "in" or "in_net":
                return $"{Operand(arguments[0])} is {not}in {string.Join(", ", arguments.Skip(1).Select(Operand))}";
            case "matches":
                return $"{Operand(arguments[0])} {(truth ? "matches" : "does not match")} {Text(arguments[1])}";
            case "contains":
                return $"{Operand(arguments[0])} {(truth ? "contains" : "does not contain")} {Operand(arguments[1])}";
            case "starts_with":
                return $"{Operand(arguments[0])} {(truth ? "begins" : "does not begin")} with {Operand(arguments[1])}";
            case "ends_with":
                return $"{Operand(arguments[0])} {(truth ? "ends" : "does not end")} with {Operand(arguments[1])}";
            case "banned" or "remembered" or "tagged":
                var of = string.Join(", ", arguments.Skip(1).Select(Operand));
                return $"{not}{call.Function} {Text(arguments[0])}{(of.Length > 0 ? $" ({of})" : string.Empty)}";
            case "has_header":
                return $"there is {(truth ? "a" : "no")} header {Text(arguments[0])}";
            default:
                return $"{Source(call)} is {Shown(truth)}";
        }
    }

    /// <summary>The entry, where it is written otherwise than the value; its line; and why it is there: <c> (203.0.113.0/24, lists/partners.txt:12: the move)</c>.</summary>
    private static string Membership(ListMatch match, string value)
    {
        var isItself = string.Equals(match.Entry, value, StringComparison.OrdinalIgnoreCase) || match.Entry == $"{value}/32" || match.Entry == $"{value}/128";
        var place = match.Why.Length > 0 ? $"{match.Place}: {Cut(match.Why)}" : match.Place;
        var parts = isItself ? place : place.Length == 0 ? Cut(match.Entry) : $"{Cut(match.Entry)}, {place}";
        return parts.Length == 0 ? string.Empty : $" ({parts})";
    }

    /// <summary>A name before its value; a literal has none.</summary>
    private string Named(ExpressionSyntax syntax) => syntax is TextSyntax or NumberSyntax or BoolSyntax ? string.Empty : Source(syntax);

    private string Operand(ExpressionSyntax syntax) => syntax switch
    {
        TextSyntax text => $"'{Cut(text.Value)}'",
        NumberSyntax number => Shown(number.Value),
        BoolSyntax truth => Shown(truth.Value),
        _ => condition.Values.TryGetValue(syntax, out var value) ? Shown(value) : Source(syntax),
    };

    private string Plain(ExpressionSyntax syntax) => syntax is TextSyntax text ? text.Value
        : condition.Values.TryGetValue(syntax, out var value) ? Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty
        : string.Empty;

    private bool? Truth(ExpressionSyntax syntax) => syntax is BoolSyntax literal ? literal.Value
        : condition.Values.TryGetValue(syntax, out var value) && value is bool truth ? truth
        : null;

    private static string Text(ExpressionSyntax syntax) => syntax is TextSyntax text ? text.Value : Source(syntax);

    private static string Shown(object value) => value switch
    {
        string text => text.Length == 0 ? "''" : Cut(text),
        double number => number.ToString("0.###", CultureInfo.InvariantCulture),
        bool truth => truth ? "true" : "false",
        IPAddress address => address.ToString(),
        _ => value.ToString() ?? string.Empty,
    };

    private static string Cut(string text) => Pmilter.Policies.Text.DisplayText.Clean(text.Length > MostCharacters ? $"{text[..MostCharacters]}…" : text);

    private static string Source(ExpressionSyntax syntax) => syntax.Span.Source.Text.Substring(syntax.Span.Start, syntax.Span.Length).ReplaceLineEndings(" ").Trim();
}
