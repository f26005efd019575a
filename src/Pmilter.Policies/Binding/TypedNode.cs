using System.Net;
using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Nodes;
using Pmilter.Policies.Evaluation.Tracing;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Binding;

/// <summary>A node and its type, before it is known what is expected of it.</summary>
/// <param name="Type">Says which Expression the node is.</param>
/// <param name="Node">Expression of string, double, bool or IPAddress.</param>
/// <param name="Syntax">What it was made from.</param>
internal sealed record TypedNode(ValueType Type, object Node, ExpressionSyntax Syntax)
{
    /// <summary>The field that it reads, when it is nothing else.</summary>
    public Field? Field { get; init; }

    public Expression<string> Text => (Expression<string>)Node;

    public Expression<double> Number => (Expression<double>)Node;

    public Expression<bool> Bool => (Expression<bool>)Node;

    public Expression<IPAddress?> Ip => (Expression<IPAddress?>)Node;

    public bool IsConstant => Node is ConstantNode<string> or ConstantNode<double> or ConstantNode<bool>;

    public static TypedNode Of(Expression<string> node, ExpressionSyntax syntax) => new(ValueType.Text, node, syntax);

    public static TypedNode Of(Expression<double> node, ExpressionSyntax syntax) => new(ValueType.Number, node, syntax);

    public static TypedNode Of(Expression<bool> node, ExpressionSyntax syntax) => new(ValueType.Bool, node, syntax);

    /// <summary>What needs no transaction is computed when loading.</summary>
    public TypedNode Folded()
    {
        // Nothing but constants is below, so that the context is never touched.
        switch (Node)
        {
            case Expression<string> text when text.Evaluate(Nowhere, out var value) == EvaluationStatus.Known:
                return this with { Node = new ConstantNode<string>(value, Syntax) };
            case Expression<double> number when number.Evaluate(Nowhere, out var value) == EvaluationStatus.Known:
                return this with { Node = new ConstantNode<double>(value, Syntax) };
            case Expression<bool> truth when truth.Evaluate(Nowhere, out var value) == EvaluationStatus.Known:
                return this with { Node = new ConstantNode<bool>(value, Syntax) };
            default:
                return this;
        }
    }

    /// <summary>The same, noting its values under what was written.</summary>
    public TypedNode Traced(ExpressionSyntax syntax) => Node switch
    {
        Expression<string> text => this with { Node = new TracedNode<string>(text, syntax) },
        Expression<double> number => this with { Node = new TracedNode<double>(number, syntax) },
        Expression<bool> truth => this with { Node = new TracedNode<bool>(truth, syntax) },
        Expression<IPAddress?> address => this with { Node = new TracedNode<IPAddress?>(address, syntax) },
        _ => this,
    };

    /// <summary>The same, telling that the fact is read.</summary>
    public TypedNode Watched(string fact) => Node switch
    {
        Expression<string> text => this with { Node = new WatchedNode<string>(text, fact) },
        Expression<double> number => this with { Node = new WatchedNode<double>(number, fact) },
        Expression<bool> truth => this with { Node = new WatchedNode<bool>(truth, fact) },
        Expression<IPAddress?> address => this with { Node = new WatchedNode<IPAddress?>(address, fact) },
        _ => this,
    };

    private static EvaluationContext Nowhere { get; } = new(new Mail.Transaction(NoGeo.Instance, string.Empty));

    private sealed class NoGeo : Facts.IGeoSource
    {
        public static NoGeo Instance { get; } = new();

        public Facts.GeoPlace Find(IPAddress address) => Facts.GeoPlace.Unknown;
    }
}
