using Pmilter.Policies.Text;

namespace Pmilter.Policies.Syntax;

/// <summary>Looks at the tokens' order before the grammar does: its messages name a token, these name the mistake.</summary>
internal static class ExpressionShape
{
    private static readonly string[] InfixNames = ["in", "contains", "starts_with", "ends_with", "matches", "in_list", "in_net", "like"];

    /// <summary>False when the tokens cannot be an expression; the reason is in the diagnostics.</summary>
    public static bool Check(YamlScalar scalar, IReadOnlyList<ExpressionToken> tokens, DiagnosticBag diagnostics)
    {
        if (tokens.Count == 0)
        {
            diagnostics.Add(ExpressionDiagnostics.Empty(scalar.Span));
            return false;
        }

        return CheckParentheses(scalar, tokens, diagnostics) && CheckNeighbours(scalar, tokens, diagnostics);
    }

    private static bool CheckParentheses(YamlScalar scalar, IReadOnlyList<ExpressionToken> tokens, DiagnosticBag diagnostics)
    {
        var open = new Stack<ExpressionToken>();
        foreach (var token in tokens)
        {
            if (token.Kind == TokenKind.Open)
            {
                open.Push(token);
            }
            else if (token.Kind == TokenKind.Close && !open.TryPop(out _))
            {
                diagnostics.Add(ExpressionDiagnostics.ExtraParenthesis(scalar.SpanOf(token.Start, 1)));
                return false;
            }

            if (open.Count > ExpressionLimits.MaxDepth)
            {
                diagnostics.Add(ExpressionDiagnostics.TooDeep(scalar.SpanOf(token.Start, 1)));
                return false;
            }
        }

        if (open.TryPeek(out var unclosed))
        {
            diagnostics.Add(ExpressionDiagnostics.UnclosedParenthesis(scalar.SpanOf(unclosed.Start, 1)));
        }

        return open.Count == 0;
    }

    private static bool CheckNeighbours(YamlScalar scalar, IReadOnlyList<ExpressionToken> tokens, DiagnosticBag diagnostics)
    {
        for (var i = 1; i < tokens.Count; i++)
        {
            var before = tokens[i - 1];
            if (!before.EndsOperand)
            {
                continue;
            }

            var negated = tokens[i].Is("not");
            var name = negated && i + 1 < tokens.Count ? tokens[i + 1] : tokens[i];
            if (name.Kind == TokenKind.Name && InfixNames.Contains(name.Canonical))
            {
                var operand = before.IsLeaf ? scalar.Value.Substring(before.Start, before.Length) : "x";
                var function = name.Canonical == "like" ? "contains" : name.Canonical;
                diagnostics.Add(ExpressionDiagnostics.InfixFunction(scalar.SpanOf(name.Start, name.Length), function, operand, negated));
                return false;
            }
        }

        return true;
    }
}
