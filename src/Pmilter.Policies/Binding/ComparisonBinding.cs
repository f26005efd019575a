using System.Globalization;
using System.Net;
using Pmilter.Policies.Authentication;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Nodes;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding;

/// <summary>Comparisons: equal types only, text ordinally and ignoring case; literals that can never match are told.</summary>
internal static class ComparisonBinding
{
    public static TypedNode? Bind(ExpressionPass pass, BinarySyntax binary)
    {
        var left = pass.Bind(binary.Left);
        var right = pass.Bind(binary.Right);
        if (left is null || right is null)
        {
            return null;
        }

        var isEquality = binary.Operator is BinaryOperator.Equal or BinaryOperator.NotEqual;
        if (isEquality && (left.Type == ValueType.Ip || right.Type == ValueType.Ip))
        {
            return BindIp(pass, binary, left, right);
        }

        if (left.Type != right.Type || (!isEquality && left.Type is not (ValueType.Number or ValueType.Text)))
        {
            pass.Diagnostics.Add(BindingDiagnostics.IncomparableTypes(binary.Span, binary.Operator, left.Type, right.Type, HintFor(left, right, isEquality)));
            return null;
        }

        if (isEquality && !(CheckLiteral(pass, left, right) & CheckLiteral(pass, right, left)))
        {
            return null;
        }

        Expression<bool> node = (left.Type, binary.Operator) switch
        {
            (ValueType.Text, BinaryOperator.Equal) => new EqualNode<string>(left.Text, right.Text, AreEqual, binary),
            (ValueType.Text, _) => new CallNode<string, string, bool>(left.Text, right.Text, TextOperation(binary.Operator), binary, false),
            (ValueType.Number, BinaryOperator.Equal) => new EqualNode<double>(left.Number, right.Number, AreEqual, binary),
            (ValueType.Number, _) => new CallNode<double, double, bool>(left.Number, right.Number, NumberOperation(binary.Operator), binary, false),
            _ => new CallNode<bool, bool, bool>(left.Bool, right.Bool, binary.Operator == BinaryOperator.Equal ? static (a, b) => a == b : static (a, b) => a != b, binary, false),
        };
        var result = OperatorBinding.Fold(TypedNode.Of(node, binary), left.IsConstant && right.IsConstant);
        WarnOfDead(pass, binary, left, right, result);
        return result;
    }

    /// <summary>Refuses a literal that the field on the other side never has: a mistyped country or origin.</summary>
    public static bool CheckLiteral(ExpressionPass pass, TypedNode field, TypedNode literal)
    {
        if (literal.Node is not ConstantNode<string> text)
        {
            return true;
        }

        if (field.Syntax is CallSyntax { Function: "auth_result" } && text.Value.Length > 0 && !AuthenticationWords.All.Contains(text.Value, StringComparer.OrdinalIgnoreCase))
        {
            pass.Diagnostics.Add(PolicyWarnings.UnusualResult(literal.Syntax.Span, text.Value, Suggestion.For(text.Value, AuthenticationWords.All) ?? $"usual are {string.Join(", ", AuthenticationWords.All)}"));
        }

        if (field.Field is null)
        {
            return true;
        }

        if (field.Field.Values is { Count: > 0 } values && !values.Contains(text.Value, StringComparer.OrdinalIgnoreCase))
        {
            var hint = Suggestion.For(text.Value, values) ?? $"it is one of {string.Join(", ", values.Where(value => value.Length > 0).Select(value => $"'{value}'"))}";
            pass.Diagnostics.Add(BindingDiagnostics.NeverHasValue(literal.Syntax.Span, field.Field.Name, text.Value, hint));
            return false;
        }

        if (field.Field.Name is "client_country" && CountryLiteral.ErrorOf(text.Value) is { } error)
        {
            pass.Diagnostics.Add(BindingDiagnostics.NeverHasValue(literal.Syntax.Span, field.Field.Name, text.Value, error));
            return false;
        }

        return true;
    }

    private static TypedNode? BindIp(ExpressionPass pass, BinarySyntax binary, TypedNode left, TypedNode right)
    {
        var leftIp = pass.AsIp(left);
        var rightIp = pass.AsIp(right);
        if (leftIp is null || rightIp is null)
        {
            return null;
        }

        Expression<bool> node = binary.Operator == BinaryOperator.Equal
            ? new EqualNode<IPAddress?>(leftIp, rightIp, AreEqual, binary)
            : new CallNode<IPAddress?, IPAddress?, bool>(leftIp, rightIp, static (a, b) => !AreEqual(a, b), binary, false);
        return TypedNode.Of(node, binary);
    }

    public static bool AreEqual(IPAddress? a, IPAddress? b) => a is null ? b is null : a.Equals(b);

    public static bool AreEqual(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    public static bool AreEqual(double a, double b) => a.Equals(b);

    private static Func<string, string, bool> TextOperation(BinaryOperator sign) => sign switch
    {
        BinaryOperator.NotEqual => static (a, b) => !AreEqual(a, b),
        BinaryOperator.Less => static (a, b) => string.Compare(a, b, StringComparison.OrdinalIgnoreCase) < 0,
        BinaryOperator.LessOrEqual => static (a, b) => string.Compare(a, b, StringComparison.OrdinalIgnoreCase) <= 0,
        BinaryOperator.Greater => static (a, b) => string.Compare(a, b, StringComparison.OrdinalIgnoreCase) > 0,
        _ => static (a, b) => string.Compare(a, b, StringComparison.OrdinalIgnoreCase) >= 0,
    };

    private static Func<double, double, bool> NumberOperation(BinaryOperator sign) => sign switch
    {
        BinaryOperator.NotEqual => static (a, b) => !AreEqual(a, b),
        BinaryOperator.Less => static (a, b) => a < b,
        BinaryOperator.LessOrEqual => static (a, b) => a <= b,
        BinaryOperator.Greater => static (a, b) => a > b,
        _ => static (a, b) => a >= b,
    };

    private static string? HintFor(TypedNode left, TypedNode right, bool isEquality)
    {
        var (literal, other) = left.IsConstant ? (left, right) : (right, left);
        if (other.Type == ValueType.Bool)
        {
            return isEquality ? "write the condition itself, or not before it" : null;
        }

        return literal.Node switch
        {
            ConstantNode<string> text when other.Type == ValueType.Number && double.TryParse(text.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out _) => $"write {text.Value} without quotes",
            ConstantNode<double> when other.Type == ValueType.Text => $"write '{ExpressionPrinter.Print(literal.Syntax)}' in quotes, or length(…)",
            _ => null,
        };
    }

    private static void WarnOfDead(ExpressionPass pass, BinarySyntax binary, TypedNode left, TypedNode right, TypedNode result)
    {
        var outcome = result.Node is ConstantNode<bool> constant ? constant.Value : OutcomeOf(binary.Operator, left, right);
        if (outcome is { } value)
        {
            pass.Diagnostics.Add(BindingDiagnostics.AlwaysSame(binary.Span, value));
        }
    }

    /// <summary>Comparisons of a field with itself, and of what is never negative with something below.</summary>
    private static bool? OutcomeOf(BinaryOperator sign, TypedNode left, TypedNode right)
    {
        if (left.Field is not null && left.Field.Name == right.Field?.Name)
        {
            return sign is BinaryOperator.Equal or BinaryOperator.LessOrEqual or BinaryOperator.GreaterOrEqual;
        }

        return (left.Node, right.Node) switch
        {
            (_, ConstantNode<double> number) when IsNeverNegative(left) => OutcomeAgainst(sign, number.Value),
            (ConstantNode<double> number, _) when IsNeverNegative(right) => OutcomeAgainst(Mirrored(sign), number.Value),
            _ => null,
        };
    }

    private static bool? OutcomeAgainst(BinaryOperator sign, double number) => sign switch
    {
        BinaryOperator.Less when number <= 0 => false,
        BinaryOperator.GreaterOrEqual when number <= 0 => true,
        BinaryOperator.LessOrEqual or BinaryOperator.Equal when number < 0 => false,
        BinaryOperator.Greater or BinaryOperator.NotEqual when number < 0 => true,
        _ => null,
    };

    private static BinaryOperator Mirrored(BinaryOperator sign) => sign switch
    {
        BinaryOperator.Less => BinaryOperator.Greater,
        BinaryOperator.LessOrEqual => BinaryOperator.GreaterOrEqual,
        BinaryOperator.Greater => BinaryOperator.Less,
        BinaryOperator.GreaterOrEqual => BinaryOperator.LessOrEqual,
        _ => sign,
    };

    private static bool IsNeverNegative(TypedNode node) =>
        node.Field is { IsSigned: false } || node.Syntax is CallSyntax { Function: "length" or "header_count_of" or "rcpts" };
}
