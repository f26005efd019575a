using System.Net;
using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Nodes;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding;

/// <summary>One call while it is bound: its arguments by type, its result as a node. Null means reported.</summary>
internal sealed class CallBinding(ExpressionPass pass, CallSyntax call)
{
    public ExpressionPass Pass { get; } = pass;

    public CallSyntax Call { get; } = call;

    public int Count => Call.Arguments.Length;

    /// <summary>Every argument asked for so far was a constant.</summary>
    public bool AreArgumentsConstant { get; private set; } = true;

    public SourceSpan SpanOf(int index) => Call.Arguments[index].Span;

    public TypedNode? Any(int index)
    {
        var node = Pass.Bind(Call.Arguments[index]);
        AreArgumentsConstant &= node?.IsConstant == true;
        return node;
    }

    /// <summary>The function's first phase, as the catalog says.</summary>
    public Phase First => FunctionCatalog.Find(Call.Function)?.First ?? Phase.Connect;

    public Expression<string>? Text(int index) => Seen(Pass.BindText(Call.Arguments[index]));

    public Expression<double>? Number(int index) => Seen(Pass.BindNumber(Call.Arguments[index]));

    public Expression<bool>? Bool(int index) => Seen(Pass.BindBool(Call.Arguments[index]));

    public Expression<IPAddress?>? Ip(int index) => Seen(Pass.BindIp(Call.Arguments[index]));

    /// <summary>A text that must be written out, since it is resolved when loading.</summary>
    public string? Literal(int index, string what)
    {
        if (Call.Arguments[index] is TextSyntax text)
        {
            return text.Value;
        }

        Pass.Diagnostics.Add(BindingDiagnostics.LiteralExpected(SpanOf(index), what));
        return null;
    }

    /// <summary>A whole number that must be written out.</summary>
    public int? LiteralNumber(int index, int least, int most)
    {
        if (Call.Arguments[index] is not NumberSyntax number)
        {
            Pass.Diagnostics.Add(BindingDiagnostics.LiteralExpected(SpanOf(index), "this number"));
            return null;
        }

        if (number.Value >= least && number.Value <= most && number.Value == Math.Floor(number.Value))
        {
            return (int)number.Value;
        }

        Pass.Diagnostics.Add(BindingDiagnostics.BadLiteral(number.Span, ExpressionPrinter.Print(number), FormattableString.Invariant($"a whole number from {least} to {most}")));
        return null;
    }

    public TypedNode Result(Expression<bool> node) => TypedNode.Of(node, Call);

    public TypedNode Result(Expression<double> node) => TypedNode.Of(node, Call);

    public TypedNode Result(Expression<string> node) => TypedNode.Of(node, Call);

    /// <summary>A function of one text.</summary>
    public TypedNode? OfText(Func<string, string> apply) =>
        Text(0) is { } text ? Result(new CallNode<string, string>(text, apply, Call, string.Empty)) : null;

    /// <summary>A condition on two texts.</summary>
    public TypedNode? OfTexts(Func<string, string, bool> apply)
    {
        var left = Text(0);
        var right = Text(1);
        return left is null || right is null ? null : Result(new CallNode<string, string, bool>(left, right, apply, Call, false));
    }

    /// <summary>A function of one number.</summary>
    public TypedNode? OfNumber(Func<double, double> apply) =>
        Number(0) is { } number ? Result(new CallNode<double, double>(number, apply, Call, 0)) : null;

    /// <summary>A function of numbers, folded from the left.</summary>
    public TypedNode? OfNumbers(Func<double, double, double> apply)
    {
        var operands = new List<Expression<double>>();
        for (var i = 0; i < Count; i++)
        {
            if (Number(i) is { } number)
            {
                operands.Add(number);
            }
        }

        return operands.Count == Count ? Result(new FoldNode(operands, apply, Call)) : null;
    }

    private Expression<T>? Seen<T>(Expression<T>? node)
    {
        AreArgumentsConstant &= node is ConstantNode<T>;
        return node;
    }
}
