using Pmilter.Policies.Text;

namespace Pmilter.Policies.Syntax;

/// <summary>Reads a condition or expression: tokens, their order, NCalc's grammar, our tree with spans. Never throws.</summary>
public static class ExpressionParser
{
    /// <summary>
    /// Null when nothing can be made of the text; a tree beside errors where the meaning can be guessed, so that later stages report
    /// their part too.
    /// </summary>
    public static ExpressionSyntax? Parse(YamlScalar scalar, DiagnosticBag diagnostics)
    {
        var tokens = new ExpressionScanner(scalar, diagnostics).Scan();
        if (tokens is null || !ExpressionShape.Check(scalar, tokens, diagnostics))
        {
            return null;
        }

        var (tree, errorIndex) = NCalcGrammar.Parse(tokens);
        if (tree is null)
        {
            diagnostics.Add(GrammarError(scalar, tokens, errorIndex));
            return null;
        }

        var syntax = new NCalcTreeReader(scalar, tokens, diagnostics).Read(tree);
        if (syntax is null)
        {
            diagnostics.Add(ExpressionDiagnostics.Unreadable(scalar.Span));
        }

        return syntax;
    }

    private static Diagnostic GrammarError(YamlScalar scalar, IReadOnlyList<ExpressionToken> tokens, int index)
    {
        if (index < 0)
        {
            return ExpressionDiagnostics.Unreadable(scalar.Span);
        }

        var afterOperand = index > 0 && tokens[index - 1].EndsOperand;
        if (index == tokens.Count)
        {
            var last = tokens[^1];
            return ExpressionDiagnostics.Unexpected(scalar.SpanOf(last.Start, last.Length), "the end", afterOperand, null);
        }

        var token = tokens[index];
        var hint = token.Kind switch
        {
            TokenKind.Operator when token.Canonical is "not" or "-" && !afterOperand => "put the inner one in parentheses: not (not a)",
            TokenKind.Operator when token.Canonical == "?" => "put the inner choice in parentheses",
            TokenKind.Text when afterOperand => "a quote inside text is written \\'",
            _ => null,
        };
        var written = scalar.Value.Substring(token.Start, token.Length);
        return ExpressionDiagnostics.Unexpected(scalar.SpanOf(token.Start, token.Length), token.Kind == TokenKind.Text ? written : $"'{written}'", afterOperand, hint);
    }
}
