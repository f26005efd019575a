using System.Collections.Immutable;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Syntax;

/// <summary>A condition or expression as written; names are not resolved, types not checked.</summary>
public abstract record ExpressionSyntax(SourceSpan Span);

public sealed record NameSyntax(SourceSpan Span, string Name) : ExpressionSyntax(Span);

public sealed record NumberSyntax(SourceSpan Span, double Value) : ExpressionSyntax(Span);

/// <summary>Text in single quotes, escapes resolved.</summary>
public sealed record TextSyntax(SourceSpan Span, string Value) : ExpressionSyntax(Span);

public sealed record BoolSyntax(SourceSpan Span, bool Value) : ExpressionSyntax(Span);

public sealed record UnarySyntax(SourceSpan Span, UnaryOperator Operator, ExpressionSyntax Operand) : ExpressionSyntax(Span);

public sealed record BinarySyntax(SourceSpan Span, BinaryOperator Operator, ExpressionSyntax Left, ExpressionSyntax Right) : ExpressionSyntax(Span);

/// <summary><c>condition ? a : b</c>, also written <c>if(condition, a, b)</c>.</summary>
public sealed record ConditionalSyntax(SourceSpan Span, ExpressionSyntax Condition, ExpressionSyntax WhenTrue, ExpressionSyntax WhenFalse) : ExpressionSyntax(Span);

public sealed record CallSyntax(SourceSpan Span, string Function, SourceSpan FunctionSpan, ImmutableArray<ExpressionSyntax> Arguments) : ExpressionSyntax(Span);

public enum UnaryOperator
{
    Not,
    Negate,
}

/// <summary>Bitwise operators and shifts are refused by the parser: no mail field wants them.</summary>
public enum BinaryOperator
{
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}
