namespace Pmilter.Policies.Syntax;

/// <summary>Kinds of tokens; everything that is an operator or punctuation carries its canonical text.</summary>
internal enum TokenKind
{
    Name,
    Number,
    Text,
    Bool,
    Operator,
    Open,
    Close,
    Comma,
}

/// <summary>A token of a condition: where it stands in the scalar's value, and what it means.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Offset in the scalar's value.</param>
/// <param name="Length">Characters written.</param>
/// <param name="Canonical">A name, the resolved text, or an operator as the grammar writes it.</param>
/// <param name="Value">A number's value.</param>
internal sealed record ExpressionToken(TokenKind Kind, int Start, int Length, string Canonical, double Value = 0)
{
    public int End => Start + Length;

    /// <summary>Leaves of the tree: names (of functions too) and literals.</summary>
    public bool IsLeaf => Kind is TokenKind.Name or TokenKind.Number or TokenKind.Text or TokenKind.Bool;

    /// <summary>An operand may end with this token.</summary>
    public bool EndsOperand => IsLeaf || Kind == TokenKind.Close;

    public bool Is(string canonical) => Kind == TokenKind.Operator && Canonical == canonical;

    public bool IsName(string name) => Kind == TokenKind.Name && Canonical == name;
}
