using System.Globalization;
using System.Text;

namespace Pmilter.Policies.Syntax;

/// <summary>Writes an expression in the one canonical way: keys, look-ups and explanations are named by it, whatever the author's spacing.</summary>
internal static class ExpressionPrinter
{
    private const int Conditional = 0;
    private const int Or = 1;
    private const int And = 2;
    private const int Equality = 3;
    private const int Relation = 4;
    private const int Sum = 5;
    private const int Product = 6;
    private const int Unary = 7;
    private const int Primary = 8;

    public static string Print(ExpressionSyntax syntax)
    {
        var text = new StringBuilder();
        Write(syntax, Conditional, text);
        return text.ToString();
    }

    /// <summary>A call of texts.</summary>
    public static string Call(string function, params ReadOnlySpan<string> arguments)
    {
        var text = new StringBuilder(function).Append('(');
        for (var i = 0; i < arguments.Length; i++)
        {
            text.Append(i > 0 ? ", " : string.Empty);
            WriteText(arguments[i], text);
        }

        return text.Append(')').ToString();
    }

    private static void Write(ExpressionSyntax syntax, int least, StringBuilder text)
    {
        var isNested = BindingPowerOf(syntax) < least;
        if (isNested)
        {
            text.Append('(');
        }

        switch (syntax)
        {
            case NameSyntax name:
                text.Append(name.Name);
                break;
            case NumberSyntax number:
                text.Append(number.Value.ToString("R", CultureInfo.InvariantCulture));
                break;
            case BoolSyntax truth:
                text.Append(truth.Value ? "true" : "false");
                break;
            case TextSyntax literal:
                WriteText(literal.Value, text);
                break;
            case UnarySyntax unary:
                text.Append(unary.Operator == UnaryOperator.Not ? "not " : "-");
                Write(unary.Operand, Primary, text);
                break;
            case BinarySyntax binary:
                WriteBinary(binary, text);
                break;
            case ConditionalSyntax choice:
                WriteCall("if", [choice.Condition, choice.WhenTrue, choice.WhenFalse], text);
                break;
            case CallSyntax call:
                WriteCall(call.Function, call.Arguments, text);
                break;
        }

        if (isNested)
        {
            text.Append(')');
        }
    }

    private static void WriteBinary(BinarySyntax binary, StringBuilder text)
    {
        var power = BindingPowerOf(binary);
        // Comparisons do not chain: both sides are bracketed; the rest groups to the left.
        Write(binary.Left, power is Equality or Relation ? Sum : power, text);
        text.Append(' ').Append(SignOf(binary.Operator)).Append(' ');
        Write(binary.Right, power is Equality or Relation ? Sum : power + 1, text);
    }

    private static void WriteCall(string function, IReadOnlyList<ExpressionSyntax> arguments, StringBuilder text)
    {
        text.Append(function).Append('(');
        for (var i = 0; i < arguments.Count; i++)
        {
            text.Append(i > 0 ? ", " : string.Empty);
            Write(arguments[i], Conditional, text);
        }

        text.Append(')');
    }

    private static void WriteText(string value, StringBuilder text)
    {
        text.Append('\'');
        foreach (var c in value)
        {
            _ = c switch
            {
                '\'' => text.Append("\\'"),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                _ when char.IsControl(c) || char.IsSurrogate(c) => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('\'');
    }

    private static int BindingPowerOf(ExpressionSyntax syntax) => syntax switch
    {
        BinarySyntax binary => binary.Operator switch
        {
            BinaryOperator.Or => Or,
            BinaryOperator.And => And,
            BinaryOperator.Equal or BinaryOperator.NotEqual => Equality,
            BinaryOperator.Less or BinaryOperator.LessOrEqual or BinaryOperator.Greater or BinaryOperator.GreaterOrEqual => Relation,
            BinaryOperator.Add or BinaryOperator.Subtract => Sum,
            _ => Product,
        },
        UnarySyntax => Unary,
        NumberSyntax { Value: < 0 } => Unary,
        _ => Primary,
    };

    public static string SignOf(BinaryOperator sign) => sign switch
    {
        BinaryOperator.Or => "or",
        BinaryOperator.And => "and",
        BinaryOperator.Equal => "=",
        BinaryOperator.NotEqual => "<>",
        BinaryOperator.Less => "<",
        BinaryOperator.LessOrEqual => "<=",
        BinaryOperator.Greater => ">",
        BinaryOperator.GreaterOrEqual => ">=",
        BinaryOperator.Add => "+",
        BinaryOperator.Subtract => "-",
        BinaryOperator.Multiply => "*",
        BinaryOperator.Divide => "/",
        _ => "%",
    };
}
