using Pmilter.Policies.Lookups;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation.Nodes;

/// <summary><c>dnsbl('zone')</c> and its like.</summary>
internal sealed class TextLookupNode(LookupSource source, ExpressionSyntax syntax) : SourceNode<string>(syntax)
{
    public override EvaluationStatus Evaluate(EvaluationContext context, out string value)
    {
        var status = source.Read(context, out var slot);
        value = slot.Text ?? string.Empty;
        return status;
    }
}

/// <summary><c>fcrdns</c>, <c>has_mx(domain)</c>, <c>resolves(host)</c>.</summary>
internal sealed class TruthLookupNode(LookupSource source, ExpressionSyntax syntax) : SourceNode<bool>(syntax)
{
    public override EvaluationStatus Evaluate(EvaluationContext context, out bool value)
    {
        var status = source.Read(context, out var slot);
        value = slot.Number > 0;
        return status;
    }
}
