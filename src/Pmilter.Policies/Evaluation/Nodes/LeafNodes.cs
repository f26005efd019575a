using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation.Nodes;

internal sealed class ConstantNode<T>(T value, ExpressionSyntax syntax) : SourceNode<T>(syntax)
{
    public T Value { get; } = value;

    internal override bool IsImmediate => true;

    public override EvaluationStatus Evaluate(EvaluationContext context, out T value)
    {
        value = Value;
        return EvaluationStatus.Known;
    }
}

/// <summary>A field, read straight from the transaction.</summary>
internal sealed class FieldNode<T>(Field<T> field, ExpressionSyntax syntax) : SourceNode<T>(syntax)
{
    private readonly Func<EvaluationContext, T> _read = field.Read;

    public Field<T> Field { get; } = field;

    internal override bool IsImmediate => true;

    public override EvaluationStatus Evaluate(EvaluationContext context, out T value)
    {
        value = _read(context);
        return EvaluationStatus.Known;
    }
}

/// <summary>A header, a macro, a tag: the same with one fixed argument, so that the reader needs no closure.</summary>
internal sealed class NamedFactNode<TName, T>(TName name, Func<EvaluationContext, TName, T> read, ExpressionSyntax syntax) : SourceNode<T>(syntax)
{
    internal override bool IsImmediate => true;

    public override EvaluationStatus Evaluate(EvaluationContext context, out T value)
    {
        value = read(context, name);
        return EvaluationStatus.Known;
    }
}
