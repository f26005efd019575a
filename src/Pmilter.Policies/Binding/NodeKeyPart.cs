using System.Globalization;
using System.Text;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Binding;

/// <summary>An expression as a part of a key.</summary>
internal sealed class NodeKeyPart(TypedNode node, ExpressionUsage usage) : KeyPart(usage, ExpressionPrinter.Print(node.Syntax))
{
    public override EvaluationStatus Append(EvaluationContext context, StringBuilder key, out bool isUnknown)
    {
        switch (node.Type)
        {
            case ValueType.Number:
                var status = node.Number.Evaluate(context, out var number);
                isUnknown = number == 0 && node.Field is { Name: "client_asn" };
                key.Append(CultureInfo.InvariantCulture, $"{number}");
                return status;
            case ValueType.Bool:
                status = node.Bool.Evaluate(context, out var truth);
                isUnknown = false;
                key.Append(truth ? "true" : "false");
                return status;
            case ValueType.Ip:
                status = node.Ip.Evaluate(context, out var address);
                isUnknown = address is null;
                key.Append(CultureInfo.InvariantCulture, $"{address}");
                return status;
            default:
                return AppendText(context, key, out isUnknown);
        }
    }

    private EvaluationStatus AppendText(EvaluationContext context, StringBuilder key, out bool isUnknown)
    {
        var status = node.Text.Evaluate(context, out var text);
        if (node.Field is { IsSender: true } && context.Transaction.Message.Sender.IsBounce)
        {
            // Bounces are counted as one sender; a missing value would not be counted at all.
            isUnknown = false;
            key.Append("<>");
            return status;
        }

        isUnknown = text.Length == 0 || (node.Field is { Name: "client_country" } && text.Equals("ZZ", StringComparison.OrdinalIgnoreCase));
        KeyFolding.Append(text, key);
        return status;
    }
}
