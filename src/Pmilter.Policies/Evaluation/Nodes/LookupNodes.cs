using System.Text.RegularExpressions;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation.Nodes;

/// <summary><c>matches(x, 'pattern')</c>: a match that takes too long has failed.</summary>
internal sealed class MatchNode(Expression<string> operand, Pattern pattern, ExpressionSyntax syntax) : SourceNode<bool>(syntax)
{
    public override EvaluationStatus Evaluate(EvaluationContext context, out bool value)
    {
        value = false;
        var status = operand.Evaluate(context, out var text);
        if (status != EvaluationStatus.Known)
        {
            return status;
        }

        try
        {
            value = pattern.IsMatch(text);
            return EvaluationStatus.Known;
        }
        catch (RegexMatchTimeoutException)
        {
            return EvaluationStatus.Failed;
        }
    }
}

/// <summary><c>lookup(x, 'map', 'column', default)</c>.</summary>
internal sealed class MapNode<T>(
    Expression<string> key, MailList map, int column, Expression<T> fallback, Func<string, T> read, ExpressionSyntax syntax, T missing) : SourceNode<T>(syntax)
{
    public override EvaluationStatus Evaluate(EvaluationContext context, out T value)
    {
        var status = key.Evaluate(context, out var text);
        if (status != EvaluationStatus.Known)
        {
            value = missing;
            return status;
        }

        if (map.Find(text, column) is { } found)
        {
            map.Hit();
            value = read(found);
            return EvaluationStatus.Known;
        }

        return fallback.Evaluate(context, out value);
    }
}
