using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation.Nodes;

/// <summary>A node that prints the syntax that it was made from.</summary>
internal abstract class SourceNode<T>(ExpressionSyntax syntax) : Expression<T>
{
    public sealed override string ToString() => ExpressionPrinter.Print(syntax);
}
