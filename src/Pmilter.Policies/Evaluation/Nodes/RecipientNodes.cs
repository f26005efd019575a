using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation.Nodes;

/// <summary><c>any_rcpt</c> where <c>deciding</c> is true, <c>all_rcpt</c> where it is false: over recipients that nobody refused.</summary>
internal sealed class AnyRecipientNode(bool deciding, Expression<bool> condition, ExpressionSyntax syntax) : SourceNode<bool>(syntax)
{
    public override EvaluationStatus Evaluate(EvaluationContext context, out bool value)
    {
        var transaction = context.Transaction;
        var outer = transaction.Recipient;
        var result = EvaluationStatus.Known;
        value = !deciding;
        for (var i = 0; i < transaction.Message.Recipients.Count; i++)
        {
            var recipient = transaction.Message.RecipientAt(i);
            if (recipient.IsRefused)
            {
                continue;
            }

            transaction.Recipient = recipient;
            var status = condition.Evaluate(context, out var isTrue);
            if (status == EvaluationStatus.Pending || (status == EvaluationStatus.Known && isTrue == deciding))
            {
                value = isTrue;
                result = status;
                break;
            }

            result = status == EvaluationStatus.Failed ? status : result;
        }

        transaction.Recipient = outer;
        return result;
    }
}

/// <summary><c>rcpts(cond)</c>: how many of them.</summary>
internal sealed class CountRecipientsNode(Expression<bool> condition, ExpressionSyntax syntax) : SourceNode<double>(syntax)
{
    public override EvaluationStatus Evaluate(EvaluationContext context, out double value)
    {
        var transaction = context.Transaction;
        var outer = transaction.Recipient;
        var result = EvaluationStatus.Known;
        value = 0;
        for (var i = 0; i < transaction.Message.Recipients.Count && result == EvaluationStatus.Known; i++)
        {
            var recipient = transaction.Message.RecipientAt(i);
            if (recipient.IsRefused)
            {
                continue;
            }

            transaction.Recipient = recipient;
            result = condition.Evaluate(context, out var isTrue);
            value += isTrue ? 1 : 0;
        }

        transaction.Recipient = outer;
        return result;
    }
}
