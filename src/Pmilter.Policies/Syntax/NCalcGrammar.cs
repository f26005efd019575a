using System.Text;
using Antlr.Runtime;
using NCalc.Domain;

namespace Pmilter.Policies.Syntax;

/// <summary>
/// The only file that knows NCalc. Its parser finds the structure; leaves are stand-ins (<c>x</c>, <c>1</c>, <c>'s'</c>), since its lexer
/// drops unknown characters, reads numbers and dates by culture and takes <c>e1</c> for an exponent. Tokens correspond one to one.
/// </summary>
internal static class NCalcGrammar
{
    /// <summary>The tree, or null and the index of the token at which the grammar gave up (the count of tokens: the end; -1: unknown).</summary>
    public static (LogicalExpression? Tree, int ErrorIndex) Parse(IReadOnlyList<ExpressionToken> tokens)
    {
        var starts = new int[tokens.Count];
        var text = StandIn(tokens, starts);
        var lexer = new StrictLexer(new ANTLRStringStream(text));
        var parser = new StrictParser(new CommonTokenStream(lexer));
        LogicalExpression? tree;
        try
        {
            tree = parser.ncalcExpression()?.value;
        }
        catch (RecognitionException e)
        {
            return (null, IndexOf(starts, e));
        }

        if (lexer.Error is not null || parser.Error is not null || parser.Errors is { Count: > 0 } || tree is null)
        {
            return (null, parser.Error is null ? -1 : IndexOf(starts, parser.Error));
        }

        return (tree, -1);
    }

    private static string StandIn(IReadOnlyList<ExpressionToken> tokens, int[] starts)
    {
        var text = new StringBuilder();
        for (var i = 0; i < tokens.Count; i++)
        {
            starts[i] = text.Length;
            text.Append(tokens[i].Kind switch
            {
                TokenKind.Name => "x",
                TokenKind.Number => "1",
                TokenKind.Text => "'s'",
                _ => tokens[i].Canonical,
            }).Append(' ');
        }

        return text.ToString();
    }

    private static int IndexOf(int[] starts, RecognitionException error)
    {
        if (error.Token is null || error.Token.Type == NCalcParser.EOF)
        {
            return starts.Length;
        }

        return Array.IndexOf(starts, error.Token.StartIndex);
    }

    private sealed class StrictLexer(ICharStream input) : NCalcLexer(input)
    {
        public RecognitionException? Error { get; private set; }

        public override void ReportError(RecognitionException e) => Error ??= e;
    }

    private sealed class StrictParser(ITokenStream input) : NCalcParser(input)
    {
        public RecognitionException? Error { get; private set; }

        public override void ReportError(RecognitionException e) => Error ??= e;

        public override void DisplayRecognitionError(string[] tokenNames, RecognitionException e) => Error ??= e;
    }
}
