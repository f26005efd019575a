using System.Collections.Immutable;
using NCalc.Domain;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Syntax;

/// <summary>
/// Turns NCalc's tree, which has no positions, into ours by walking its leaves and the leaf tokens in step. The depth is bounded by
/// <see cref="ExpressionLimits"/>: chains of operators are as deep as they are long, at most the count of tokens.
/// </summary>
internal sealed class NCalcTreeReader(YamlScalar scalar, IReadOnlyList<ExpressionToken> tokens, DiagnosticBag diagnostics)
{
    private int _next;

    /// <summary>A node and the tokens that it covers, its own parentheses included.</summary>
    private readonly record struct Part(ExpressionSyntax Syntax, int First, int Last, bool IsParenthesised);

    /// <summary>Null when the tree and the tokens do not correspond.</summary>
    public ExpressionSyntax? Read(LogicalExpression tree)
    {
        var part = ReadPart(tree);
        return part is { } found && NextLeaf() == tokens.Count ? found.Syntax : null;
    }

    private Part? ReadPart(LogicalExpression node) => node switch
    {
        BinaryExpression binary => ReadBinary(binary),
        UnaryExpression unary => ReadUnary(unary),
        TernaryExpression ternary => ReadTernary(ternary),
        Function function => ReadCall(function),
        _ => ReadLeaf(),
    };

    private Part? ReadLeaf()
    {
        var index = TakeLeaf();
        if (index < 0)
        {
            return null;
        }

        var token = tokens[index];
        var span = scalar.SpanOf(token.Start, token.Length);
        ExpressionSyntax leaf = token.Kind switch
        {
            TokenKind.Name => new NameSyntax(span, token.Canonical),
            TokenKind.Number => new NumberSyntax(span, token.Value),
            TokenKind.Bool => new BoolSyntax(span, token.Canonical == "true"),
            _ => new TextSyntax(span, NormalText.Compose(token.Canonical)),
        };
        return Enclose(leaf, index, index);
    }

    private Part? ReadUnary(UnaryExpression node)
    {
        // The sign stands right before the operand and its parentheses.
        if (ReadPart(node.Expression) is not { } operand || operand.First == 0)
        {
            return null;
        }

        var first = operand.First - 1;
        UnaryOperator? kind = node.Type switch { UnaryExpressionType.Not => UnaryOperator.Not, UnaryExpressionType.Negate => UnaryOperator.Negate, _ => null };
        return kind is { } known ? Enclose(new UnarySyntax(Span(first, operand.Last), known, operand.Syntax), first, operand.Last) : null;
    }

    private Part? ReadTernary(TernaryExpression node)
    {
        if (ReadPart(node.LeftExpression) is not { } condition || ReadPart(node.MiddleExpression) is not { } yes || ReadPart(node.RightExpression) is not { } no)
        {
            return null;
        }

        return Enclose(new ConditionalSyntax(Span(condition.First, no.Last), condition.Syntax, yes.Syntax, no.Syntax), condition.First, no.Last);
    }

    private Part? ReadCall(Function node)
    {
        var name = TakeLeaf();
        if (name < 0)
        {
            return null;
        }

        var arguments = ImmutableArray.CreateBuilder<ExpressionSyntax>();
        var last = name + 1;
        foreach (var argument in node.Expressions ?? [])
        {
            if (ReadPart(argument) is not { } part)
            {
                return null;
            }

            arguments.Add(part.Syntax);
            last = part.Last;
        }

        last++;
        if (last >= tokens.Count || tokens[last].Kind != TokenKind.Close)
        {
            return null;
        }

        return Enclose(Call(name, last, arguments.ToImmutable()), name, last);
    }

    private ExpressionSyntax Call(int name, int last, ImmutableArray<ExpressionSyntax> arguments)
    {
        var span = Span(name, last);
        var nameSpan = Span(name, name);
        // With other arguments it stays a call, and the binder says of it what it says of every call.
        return tokens[name].IsName("if") && arguments.Length == 3
            ? new ConditionalSyntax(span, arguments[0], arguments[1], arguments[2])
            : new CallSyntax(span, tokens[name].Canonical, nameSpan, arguments);
    }

    private Part? ReadBinary(BinaryExpression node)
    {
        if (node.Type == BinaryExpressionType.Or)
        {
            return ReadOrChain(node);
        }

        if (ReadPart(node.LeftExpression) is not { } left || ReadPart(node.RightExpression) is not { } right || OperatorOf(node.Type) is not { } kind)
        {
            return null;
        }

        var sign = scalar.Value.Substring(tokens[left.Last + 1].Start, tokens[left.Last + 1].Length);
        CheckOperands(left, right, kind, sign);
        return Enclose(new BinarySyntax(Span(left.First, right.Last), kind, left.Syntax, right.Syntax), left.First, right.Last);
    }

    /// <summary>NCalc nests <c>a or b or c</c> to the right, every other operator to the left: here all nest to the left.</summary>
    private Part? ReadOrChain(BinaryExpression node)
    {
        if (ReadPart(node.LeftExpression) is not { } chain)
        {
            return null;
        }

        var rest = node.RightExpression;
        var hasMore = true;
        while (hasMore)
        {
            var isOpenChain = rest is BinaryExpression { Type: BinaryExpressionType.Or } && !IsWhollyParenthesised(chain.Last + 2);
            var term = isOpenChain ? ((BinaryExpression)rest).LeftExpression : rest;
            if (ReadPart(term) is not { } part)
            {
                return null;
            }

            var syntax = new BinarySyntax(Span(chain.First, part.Last), BinaryOperator.Or, chain.Syntax, part.Syntax);
            chain = new Part(syntax, chain.First, part.Last, false);
            hasMore = isOpenChain;
            rest = isOpenChain ? ((BinaryExpression)rest).RightExpression : rest;
        }

        return Enclose(chain.Syntax, chain.First, chain.Last);
    }

    /// <summary>An operand that reaches as far as the grammar lets it is wholly in parentheses when no operator follows them.</summary>
    private bool IsWhollyParenthesised(int start)
    {
        if (start >= tokens.Count || tokens[start].Kind != TokenKind.Open)
        {
            return false;
        }

        var depth = 0;
        var index = start;
        do
        {
            depth += tokens[index].Kind switch { TokenKind.Open => 1, TokenKind.Close => -1, _ => 0 };
            index++;
        }
        while (depth > 0 && index < tokens.Count);

        return index >= tokens.Count || tokens[index].Kind != TokenKind.Operator || tokens[index].Is("?") || tokens[index].Is(":");
    }

    private void CheckOperands(Part left, Part right, BinaryOperator kind, string sign)
    {
        if (kind is BinaryOperator.And or BinaryOperator.Or)
        {
            return;
        }

        if (!left.IsParenthesised && left.Syntax is UnarySyntax { Operator: UnaryOperator.Not })
        {
            diagnostics.Add(ExpressionDiagnostics.NotBindsTighter(Span(left.First, right.Last), Written(left.First), sign));
        }

        foreach (var operand in (ReadOnlySpan<Part>)[left, right])
        {
            if (IsComparison(kind) && !operand.IsParenthesised && operand.Syntax is BinarySyntax { Operator: var inner } && IsComparison(inner))
            {
                var innerSign = operand == left ? Sign(inner) : sign;
                diagnostics.Add(ExpressionDiagnostics.ChainedComparison(Span(left.First, right.Last), innerSign, operand == left ? sign : Sign(inner)));
            }
        }
    }

    private Part Enclose(ExpressionSyntax syntax, int first, int last)
    {
        var isParenthesised = false;
        while (first > 0 && last + 1 < tokens.Count && tokens[first - 1].Kind == TokenKind.Open && tokens[last + 1].Kind == TokenKind.Close
            && !(first > 1 && tokens[first - 2].Kind == TokenKind.Name))
        {
            first--;
            last++;
            isParenthesised = true;
        }

        return new Part(isParenthesised ? syntax with { Span = Span(first, last) } : syntax, first, last, isParenthesised);
    }

    private int NextLeaf()
    {
        var index = _next;
        while (index < tokens.Count && !tokens[index].IsLeaf)
        {
            index++;
        }

        return index;
    }

    private int TakeLeaf()
    {
        var index = NextLeaf();
        _next = index + 1;
        return index < tokens.Count ? index : -1;
    }

    private SourceSpan Span(int first, int last) => scalar.SpanOf(tokens[first].Start, tokens[last].End - tokens[first].Start);

    private string Written(int index) => scalar.Value.Substring(tokens[index].Start, tokens[index].Length);

    private static bool IsComparison(BinaryOperator kind) => kind is >= BinaryOperator.Equal and <= BinaryOperator.GreaterOrEqual;

    private static string Sign(BinaryOperator kind) => kind switch
    {
        BinaryOperator.Equal => "=",
        BinaryOperator.NotEqual => "<>",
        BinaryOperator.Less => "<",
        BinaryOperator.LessOrEqual => "<=",
        BinaryOperator.Greater => ">",
        _ => ">=",
    };

    private static BinaryOperator? OperatorOf(BinaryExpressionType type) => type switch
    {
        BinaryExpressionType.Or => BinaryOperator.Or,
        BinaryExpressionType.And => BinaryOperator.And,
        BinaryExpressionType.Equal => BinaryOperator.Equal,
        BinaryExpressionType.NotEqual => BinaryOperator.NotEqual,
        BinaryExpressionType.Lesser => BinaryOperator.Less,
        BinaryExpressionType.LesserOrEqual => BinaryOperator.LessOrEqual,
        BinaryExpressionType.Greater => BinaryOperator.Greater,
        BinaryExpressionType.GreaterOrEqual => BinaryOperator.GreaterOrEqual,
        BinaryExpressionType.Plus => BinaryOperator.Add,
        BinaryExpressionType.Minus => BinaryOperator.Subtract,
        BinaryExpressionType.Times => BinaryOperator.Multiply,
        BinaryExpressionType.Div => BinaryOperator.Divide,
        BinaryExpressionType.Modulo => BinaryOperator.Remainder,
        _ => null,
    };
}
