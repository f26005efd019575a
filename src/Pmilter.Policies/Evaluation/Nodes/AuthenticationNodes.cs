using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation.Nodes;

/// <summary><c>auth_result('spf')</c>.</summary>
internal sealed class AuthResultNode(string method, IReadOnlySet<string> trusted, ExpressionSyntax syntax) : SourceNode<string>(syntax)
{
    public override EvaluationStatus Evaluate(EvaluationContext context, out string value)
    {
        value = context.Transaction.Message.Authentication(trusted).ResultOf(method);
        return EvaluationStatus.Known;
    }
}

/// <summary><c>dkim_aligned(domain)</c>.</summary>
internal sealed class DkimAlignedNode(Expression<string> domain, IReadOnlySet<string> trusted, ExpressionSyntax syntax) : SourceNode<bool>(syntax)
{
    public override EvaluationStatus Evaluate(EvaluationContext context, out bool value)
    {
        value = false;
        var status = domain.Evaluate(context, out var text);
        if (status == EvaluationStatus.Known)
        {
            value = context.Transaction.Message.Authentication(trusted).IsSignedBy(text);
        }

        return status;
    }
}
