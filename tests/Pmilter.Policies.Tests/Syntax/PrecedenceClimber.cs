using System.Collections.Immutable;
using System.Globalization;
using Pmilter.Policies.Syntax;
using Xunit;

namespace Pmilter.Policies.Tests.Syntax;

/// <summary>An independent reading of the grammar, for valid text without escapes: the oracle of the parser's tests.</summary>
internal sealed class PrecedenceClimber(string text)
{
    private static readonly (string Sign, int Level, BinaryOperator Operator)[] Table =
    [
        ("or", 1, BinaryOperator.Or), ("and", 2, BinaryOperator.And),
        ("=", 3, BinaryOperator.Equal), ("<>", 3, BinaryOperator.NotEqual),
        ("<=", 4, BinaryOperator.LessOrEqual), (">=", 4, BinaryOperator.GreaterOrEqual), ("<", 4, BinaryOperator.Less), (">", 4, BinaryOperator.Greater),
        ("+", 5, BinaryOperator.Add), ("-", 5, BinaryOperator.Subtract),
        ("*", 6, BinaryOperator.Multiply), ("/", 6, BinaryOperator.Divide), ("%", 6, BinaryOperator.Remainder),
    ];

    private int _at;

    public static ExpressionSyntax Read(string text) => new PrecedenceClimber(text).Choice();

    private ExpressionSyntax Choice()
    {
        var condition = Level(1);
        if (!Eat("?"))
        {
            return condition;
        }

        var yes = Level(1);
        Assert.True(Eat(":"));
        return new ConditionalSyntax(default, condition, yes, Level(1));
    }

    private ExpressionSyntax Level(int level)
    {
        if (level > 6)
        {
            return Unary();
        }

        var left = Level(level + 1);
        while (Array.Find(Table, row => row.Level == level && Eat(row.Sign)) is { Sign: not null } found)
        {
            left = new BinarySyntax(default, found.Operator, left, Level(level + 1));
        }

        return left;
    }

    private ExpressionSyntax Unary() =>
        Eat("not") ? new UnarySyntax(default, UnaryOperator.Not, Primary()) : Eat("-") ? new UnarySyntax(default, UnaryOperator.Negate, Primary()) : Primary();

    private ExpressionSyntax Primary()
    {
        if (Eat("("))
        {
            var inner = Choice();
            Assert.True(Eat(")"));
            return inner;
        }

        Blank();
        if (text[_at] == '\'')
        {
            var end = text.IndexOf('\'', _at + 1);
            var value = text[(_at + 1)..end];
            _at = end + 1;
            return new TextSyntax(default, value);
        }

        var word = new string([.. text.Skip(_at).TakeWhile(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.')]);
        _at += word.Length;
        if (char.IsAsciiDigit(word[0]))
        {
            return new NumberSyntax(default, double.Parse(word, CultureInfo.InvariantCulture));
        }

        if (word is "true" or "false")
        {
            return new BoolSyntax(default, word == "true");
        }

        if (!Eat("("))
        {
            return new NameSyntax(default, word);
        }

        var arguments = ImmutableArray.CreateBuilder<ExpressionSyntax>();
        while (!Eat(")"))
        {
            arguments.Add(Choice());
            Eat(",");
        }

        return new CallSyntax(default, word, default, arguments.ToImmutable());
    }

    private bool Eat(string sign)
    {
        Blank();
        var rest = text.AsSpan(_at);
        if (!rest.StartsWith(sign, StringComparison.Ordinal)
            || (char.IsAsciiLetter(sign[0]) && rest.Length > sign.Length && (char.IsAsciiLetterOrDigit(rest[sign.Length]) || rest[sign.Length] == '_'))
            || (sign == "<" && rest.Length > 1 && rest[1] == '>'))
        {
            return false;
        }

        _at += sign.Length;
        return true;
    }

    private void Blank()
    {
        while (_at < text.Length && text[_at] == ' ')
        {
            _at++;
        }
    }
}
