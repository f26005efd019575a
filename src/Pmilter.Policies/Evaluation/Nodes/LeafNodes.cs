using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation.Nodes;

internal sealed class ConstantNode<T>(T value, ExpressionSyntax syntax) : SourceNode<T>(syntax)
{
    public T Value { get; } = value;

    public override EvaluationStatus Evaluate(EvaluationContext context, out T value)
    {
        value = Value;
        return EvaluationStatus.Known;
    }
}

/// <summary>Anything that is read straight from the transaction: a field, a header, a macro, a tag.</summary>
internal sealed class FieldNode<T>(Func<EvaluationContext, T> read, ExpressionSyntax syntax) : SourceNode<T>(syntax)
{
    public override EvaluationStatus Evaluate(EvaluationContext context, out T value)
    {
        value = read(context);
        return EvaluationStatus.Known;
    }
}

/// <summary>The same with one fixed argument, so that the reader needs no closure: <c>header('Subject')</c>.</summary>
internal sealed class NamedFactNode<TName, T>(TName name, Func<EvaluationContext, TName, T> read, ExpressionSyntax syntax) : SourceNode<T>(syntax)
{
    public override EvaluationStatus Evaluate(EvaluationContext context, out T value)
    {
        value = read(context, name);
        return EvaluationStatus.Known;
    }
}
