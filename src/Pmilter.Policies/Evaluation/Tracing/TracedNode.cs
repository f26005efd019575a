using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation.Tracing;

/// <summary>A node whose values are noted.</summary>
internal interface ITracedNode
{
    ExpressionSyntax Syntax { get; }
}

/// <summary>Stands before a node of a set that is compiled for explanations.</summary>
internal sealed class TracedNode<T>(Expression<T> inner, ExpressionSyntax syntax) : Expression<T>, ITracedNode
{
    public ExpressionSyntax Syntax => syntax;

    public override EvaluationStatus Evaluate(EvaluationContext context, out T value)
    {
        var status = inner.Evaluate(context, out value);
        if (status == EvaluationStatus.Known)
        {
            context.Trace?.Value(syntax, value);
        }

        return status;
    }

    public override string ToString() => inner.ToString();
}
