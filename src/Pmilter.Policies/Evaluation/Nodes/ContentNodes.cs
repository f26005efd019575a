using System.Text.RegularExpressions;
using Pmilter.Policies.Mail.Content;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation.Nodes;

/// <summary>Whether something holds for a part, or inside any_part for that part. Where not all was looked at, "no" is not known.</summary>
internal sealed class PartQuestionNode(Func<ContentPart, bool> holds, ExpressionSyntax syntax) : SourceNode<bool>(syntax)
{
    public override EvaluationStatus Evaluate(EvaluationContext context, out bool value)
    {
        var content = context.Transaction.Message.Content;
        try
        {
            if (context.Transaction.Part is { } one)
            {
                value = holds(one);
                return value || content.Bound != ContentBound.ArchiveNames ? EvaluationStatus.Known : EvaluationStatus.Failed;
            }

            value = false;
            for (var i = 0; i < content.Parts.Count && !value; i++)
            {
                value = holds(content.Parts[i]);
            }

            return value || !content.IsTruncated ? EvaluationStatus.Known : EvaluationStatus.Failed;
        }
        catch (RegexMatchTimeoutException)
        {
            value = false;
            return EvaluationStatus.Failed;
        }
    }
}

/// <summary><c>body_contains</c>, <c>body_matches</c>: asked of each text, of HTML also without its tags; once a message.</summary>
/// <param name="question">With what is sought written out, so that the same words always mean the same.</param>
internal sealed class TextQuestionNode(string question, Func<string, bool> holds, ExpressionSyntax syntax) : SourceNode<bool>(syntax)
{
    public string Question => question;

    public override EvaluationStatus Evaluate(EvaluationContext context, out bool value)
    {
        value = false;
        var content = context.Transaction.Message.Content;
        try
        {
            if (context.Transaction.Part is { } one)
            {
                value = !content.IsRecorded && HoldsFor(one);
                return content.IsRecorded ? EvaluationStatus.Failed : EvaluationStatus.Known;
            }

            if (content.AnswerTo(question) is { } answer)
            {
                value = answer;
            }
            else if (content.IsRecorded)
            {
                return EvaluationStatus.Failed;
            }
            else
            {
                for (var i = 0; i < content.Parts.Count && !value; i++)
                {
                    value = HoldsFor(content.Parts[i]);
                }

                if (!ReferenceEquals(content, MessageContent.None))
                {
                    content.Answer(question, value);
                }
            }

            return value || !content.IsTruncated ? EvaluationStatus.Known : EvaluationStatus.Failed;
        }
        catch (RegexMatchTimeoutException)
        {
            return EvaluationStatus.Failed;
        }
    }

    private bool HoldsFor(ContentPart part) => part.IsText && (holds(part.Text) || (part.ShownText is { } shown && holds(shown)));
}

/// <summary><c>any_part(cond)</c>.</summary>
internal sealed class AnyPartNode(Expression<bool> condition, ExpressionSyntax syntax) : SourceNode<bool>(syntax)
{
    public override EvaluationStatus Evaluate(EvaluationContext context, out bool value)
    {
        var transaction = context.Transaction;
        var content = transaction.Message.Content;
        var result = content.IsTruncated ? EvaluationStatus.Failed : EvaluationStatus.Known;
        value = false;
        for (var i = 0; i < content.Parts.Count; i++)
        {
            transaction.Part = content.Parts[i];
            var status = condition.Evaluate(context, out var isTrue);
            if (status == EvaluationStatus.Pending || (status == EvaluationStatus.Known && isTrue))
            {
                value = isTrue;
                result = status;
                break;
            }

            result = status == EvaluationStatus.Failed ? status : result;
        }

        transaction.Part = null;
        return result;
    }
}

/// <summary><c>parts(cond)</c>: how many of them; not known where not all was looked at.</summary>
internal sealed class CountPartsNode(Expression<bool> condition, ExpressionSyntax syntax) : SourceNode<double>(syntax)
{
    public override EvaluationStatus Evaluate(EvaluationContext context, out double value)
    {
        var transaction = context.Transaction;
        var content = transaction.Message.Content;
        var result = content.IsTruncated ? EvaluationStatus.Failed : EvaluationStatus.Known;
        value = 0;
        for (var i = 0; i < content.Parts.Count && result == EvaluationStatus.Known; i++)
        {
            transaction.Part = content.Parts[i];
            result = condition.Evaluate(context, out var isTrue);
            value += isTrue ? 1 : 0;
        }

        transaction.Part = null;
        return result;
    }
}
