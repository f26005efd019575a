using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Nodes;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Binding;

/// <summary>Logic, arithmetic and choice; comparisons go to <see cref="ComparisonBinding"/>.</summary>
internal static class OperatorBinding
{
    public static TypedNode? Bind(ExpressionPass pass, UnarySyntax unary)
    {
        if (unary.Operator == UnaryOperator.Not)
        {
            return pass.BindBool(unary.Operand) is { } condition
                ? Fold(TypedNode.Of(new NotNode(condition, unary), unary), condition is ConstantNode<bool>)
                : null;
        }

        return pass.BindNumber(unary.Operand) is { } number
            ? Fold(TypedNode.Of(new CallNode<double, double>(number, static n => -n, unary, 0), unary), number is ConstantNode<double>)
            : null;
    }

    public static TypedNode? Bind(ExpressionPass pass, ConditionalSyntax choice)
    {
        var condition = pass.BindBool(choice.Condition);
        var whenTrue = pass.Bind(choice.WhenTrue);
        var whenFalse = pass.Bind(choice.WhenFalse);
        if (condition is null || whenTrue is null || whenFalse is null)
        {
            return null;
        }

        if (whenTrue.Type != whenFalse.Type)
        {
            pass.Wrong<string>(whenFalse, BindingDiagnostics.Article(whenTrue.Type), "both values of if() have one type");
            return null;
        }

        object node = whenTrue.Type switch
        {
            ValueType.Text => new ConditionalNode<string>(condition, whenTrue.Text, whenFalse.Text, choice, string.Empty),
            ValueType.Number => new ConditionalNode<double>(condition, whenTrue.Number, whenFalse.Number, choice, 0),
            ValueType.Bool => new ConditionalNode<bool>(condition, whenTrue.Bool, whenFalse.Bool, choice, false),
            _ => new ConditionalNode<System.Net.IPAddress?>(condition, whenTrue.Ip, whenFalse.Ip, choice, null),
        };
        return Fold(new TypedNode(whenTrue.Type, node, choice), condition is ConstantNode<bool> && whenTrue.IsConstant && whenFalse.IsConstant);
    }

    public static TypedNode? Bind(ExpressionPass pass, BinarySyntax binary) => binary.Operator switch
    {
        BinaryOperator.Or or BinaryOperator.And => BindJunction(pass, binary),
        BinaryOperator.Equal or BinaryOperator.NotEqual or BinaryOperator.Less or BinaryOperator.LessOrEqual
            or BinaryOperator.Greater or BinaryOperator.GreaterOrEqual => ComparisonBinding.Bind(pass, binary),
        _ => BindArithmetic(pass, binary),
    };

    private static TypedNode? BindJunction(ExpressionPass pass, BinarySyntax binary)
    {
        var left = pass.BindBool(binary.Left);
        var right = pass.BindBool(binary.Right);
        if (left is null || right is null)
        {
            return null;
        }

        var deciding = binary.Operator == BinaryOperator.Or;
        if (IsConstant(left, deciding) || IsConstant(right, deciding))
        {
            return TypedNode.Of(new ConstantNode<bool>(deciding, binary), binary);
        }

        return Fold(TypedNode.Of(new JunctionNode(deciding, left, right, binary), binary), left is ConstantNode<bool> && right is ConstantNode<bool>);
    }

    private static TypedNode? BindArithmetic(ExpressionPass pass, BinarySyntax binary)
    {
        if (binary is { Operator: BinaryOperator.Divide, Left: NameSyntax file, Right: NameSyntax name } && !NameBinding.IsKnown(pass.Scope, file.Name))
        {
            pass.Diagnostics.Add(BindingDiagnostics.NamesDoNotCrossFiles(binary.Span, $"{file.Name}/{name.Name}", file.Name));
            return null;
        }

        var left = pass.Bind(binary.Left);
        var right = pass.Bind(binary.Right);
        if (left is null || right is null)
        {
            return null;
        }

        if (left.Type != ValueType.Number || right.Type != ValueType.Number)
        {
            var hint = binary.Operator == BinaryOperator.Add && (left.Type == ValueType.Text || right.Type == ValueType.Text)
                ? "texts are not joined; a key takes several parts, a reply takes {field}"
                : null;
            pass.Diagnostics.Add(BindingDiagnostics.NotAnOperation(binary.Span, binary.Operator, left.Type, right.Type, hint));
            return null;
        }

        var node = new CallNode<double, double, double>(left.Number, right.Number, Arithmetic.Of(binary.Operator), binary, 0);
        return Fold(TypedNode.Of(node, binary), left.IsConstant && right.IsConstant);
    }

    public static TypedNode Fold(TypedNode node, bool areOperandsConstant) => areOperandsConstant ? node.Folded() : node;

    private static bool IsConstant(Expression<bool> node, bool value) => node is ConstantNode<bool> constant && constant.Value == value;
}
