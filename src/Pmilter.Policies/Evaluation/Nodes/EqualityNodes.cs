using Pmilter.Policies.Evaluation.Dispatch;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation.Nodes;

/// <summary><c>a = b</c>.</summary>
internal sealed class EqualNode<T>(Expression<T> left, Expression<T> right, Func<T, T, bool> equals, ExpressionSyntax syntax)
    : SourceNode<bool>(syntax), IDemandingNode
{
    public Demand? Demand => Dispatch.Demand.Of(left, [right]) ?? Dispatch.Demand.Of(right, [left]);

    internal override bool IsImmediate => left.IsImmediate && right.IsImmediate;

    public override EvaluationStatus Evaluate(EvaluationContext context, out bool value)
    {
        value = false;
        var leftStatus = left.Evaluate(context, out var leftValue);
        if (leftStatus != EvaluationStatus.Known)
        {
            return leftStatus;
        }

        var rightStatus = right.Evaluate(context, out var rightValue);
        value = rightStatus == EvaluationStatus.Known && equals(leftValue, rightValue);
        return rightStatus;
    }
}

/// <summary><c>in(x, a, b)</c> as <c>x = a or x = b</c>.</summary>
internal sealed class InNode<T>(Expression<T> operand, IReadOnlyList<Expression<T>> candidates, Func<T, T, bool> equals, ExpressionSyntax syntax)
    : SourceNode<bool>(syntax), IDemandingNode
{
    private readonly Expression<T>[] _candidates = [.. candidates];

    public Demand? Demand => Dispatch.Demand.Of(operand, _candidates);

    internal override bool IsImmediate => operand.IsImmediate && Array.TrueForAll(_candidates, candidate => candidate.IsImmediate);

    public override EvaluationStatus Evaluate(EvaluationContext context, out bool value)
    {
        value = false;
        var result = operand.Evaluate(context, out var sought);
        if (result != EvaluationStatus.Known)
        {
            return result;
        }

        foreach (var candidate in _candidates)
        {
            var status = candidate.Evaluate(context, out var found);
            if (status == EvaluationStatus.Pending)
            {
                return status;
            }

            if (status == EvaluationStatus.Known && equals(sought, found))
            {
                value = true;
                return status;
            }

            result = status == EvaluationStatus.Failed ? status : result;
        }

        return result;
    }
}
