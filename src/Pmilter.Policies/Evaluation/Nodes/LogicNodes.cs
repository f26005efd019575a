using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation.Nodes;

internal sealed class NotNode(Expression<bool> operand, ExpressionSyntax syntax) : SourceNode<bool>(syntax)
{
    internal override bool IsImmediate => operand.IsImmediate;

    public override EvaluationStatus Evaluate(EvaluationContext context, out bool value)
    {
        var status = operand.Evaluate(context, out var inner);
        value = status == EvaluationStatus.Known && !inner;
        return status;
    }
}

/// <summary><c>and</c> where <c>deciding</c> is false, <c>or</c> where it is true: that side alone settles the result.</summary>
/// <remarks>Pending stops at once, so that nothing to the right is looked up in vain; a failure waits for what the right side says.</remarks>
internal sealed class JunctionNode(bool deciding, Expression<bool> left, Expression<bool> right, ExpressionSyntax syntax) : SourceNode<bool>(syntax)
{
    public bool IsAnd => !deciding;

    public Expression<bool> Left => left;

    public Expression<bool> Right => right;

    internal override bool IsImmediate => left.IsImmediate && right.IsImmediate;

    public override EvaluationStatus Evaluate(EvaluationContext context, out bool value)
    {
        var leftStatus = left.Evaluate(context, out var leftValue);
        if (leftStatus == EvaluationStatus.Pending || (leftStatus == EvaluationStatus.Known && leftValue == deciding))
        {
            value = leftStatus == EvaluationStatus.Known && deciding;
            return leftStatus;
        }

        var rightStatus = right.Evaluate(context, out var rightValue);
        if (rightStatus == EvaluationStatus.Known && rightValue == deciding)
        {
            value = deciding;
            return EvaluationStatus.Known;
        }

        var status = rightStatus == EvaluationStatus.Known ? leftStatus : rightStatus;
        value = status == EvaluationStatus.Known && !deciding;
        return status;
    }
}

/// <summary><c>if(c, a, b)</c>: only the chosen side is evaluated.</summary>
internal sealed class ConditionalNode<T>(Expression<bool> condition, Expression<T> whenTrue, Expression<T> whenFalse, ExpressionSyntax syntax, T missing)
    : SourceNode<T>(syntax)
{
    internal override bool IsImmediate => condition.IsImmediate && whenTrue.IsImmediate && whenFalse.IsImmediate;

    public override EvaluationStatus Evaluate(EvaluationContext context, out T value)
    {
        var status = condition.Evaluate(context, out var isTrue);
        if (status != EvaluationStatus.Known)
        {
            value = missing;
            return status;
        }

        return (isTrue ? whenTrue : whenFalse).Evaluate(context, out value);
    }
}
