using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation.Nodes;

/// <summary>A function or operator of one operand. The value of a result that is not Known is the operation over the operand's own.</summary>
internal sealed class CallNode<TOperand, T>(Expression<TOperand> operand, Func<TOperand, T> apply, ExpressionSyntax syntax, T missing) : SourceNode<T>(syntax)
{
    internal override bool IsImmediate => operand.IsImmediate;

    public override EvaluationStatus Evaluate(EvaluationContext context, out T value)
    {
        var status = operand.Evaluate(context, out var inner);
        value = status == EvaluationStatus.Known ? apply(inner) : missing;
        return status;
    }
}

/// <summary>A function or operator of two operands.</summary>
internal sealed class CallNode<TLeft, TRight, T>(
    Expression<TLeft> left, Expression<TRight> right, Func<TLeft, TRight, T> apply, ExpressionSyntax syntax, T missing) : SourceNode<T>(syntax)
{
    internal override bool IsImmediate => left.IsImmediate && right.IsImmediate;

    public override EvaluationStatus Evaluate(EvaluationContext context, out T value)
    {
        value = missing;
        var leftStatus = left.Evaluate(context, out var leftValue);
        if (leftStatus != EvaluationStatus.Known)
        {
            return leftStatus;
        }

        var rightStatus = right.Evaluate(context, out var rightValue);
        if (rightStatus == EvaluationStatus.Known)
        {
            value = apply(leftValue, rightValue);
        }

        return rightStatus;
    }
}

/// <summary>A function of one operand with something resolved when loading: a list, networks, a map's column.</summary>
internal sealed class ResolvedCallNode<TOperand, TResolved, T>(
    Expression<TOperand> operand, TResolved resolved, Func<TOperand, TResolved, T> apply, ExpressionSyntax syntax, T missing) : SourceNode<T>(syntax)
{
    public override EvaluationStatus Evaluate(EvaluationContext context, out T value)
    {
        var status = operand.Evaluate(context, out var inner);
        value = status == EvaluationStatus.Known ? apply(inner, resolved) : missing;
        return status;
    }
}

/// <summary><c>min</c>, <c>max</c>: numbers folded from the left.</summary>
internal sealed class FoldNode(IReadOnlyList<Expression<double>> operands, Func<double, double, double> apply, ExpressionSyntax syntax) : SourceNode<double>(syntax)
{
    private readonly Expression<double>[] _operands = [.. operands];

    public override EvaluationStatus Evaluate(EvaluationContext context, out double value)
    {
        value = 0;
        for (var i = 0; i < _operands.Length; i++)
        {
            var status = _operands[i].Evaluate(context, out var next);
            if (status != EvaluationStatus.Known)
            {
                value = 0;
                return status;
            }

            value = i == 0 ? next : apply(value, next);
        }

        return EvaluationStatus.Known;
    }
}
