using System.Globalization;
using CsCheck;
using Pmilter.Policies.Syntax;
using Xunit;

namespace Pmilter.Policies.Tests.Syntax;

public sealed class ExpressionPropertyTests
{
    private static readonly Gen<ExpressionSyntax> Leaf = Gen.OneOf(
        Pick("client_ip", "e1", "x", "_y", "nothing", "order", "android", "trueish").Select(name => (ExpressionSyntax)new NameSyntax(default, name)),
        Pick(0, 1, 20, 1.5, 0.25, 1000).Select(value => (ExpressionSyntax)new NumberSyntax(default, value)),
        Pick("", "RU", "a and b", "(", "\"", "#", "当選").Select(value => (ExpressionSyntax)new TextSyntax(default, value)),
        Gen.Bool.Select(value => (ExpressionSyntax)new BoolSyntax(default, value)));

    private static readonly Gen<ExpressionSyntax> Tree = Gen.Recursive<ExpressionSyntax>((depth, tree) => depth > 5 ? Leaf : Gen.Frequency(
        (2, Leaf),
        (5, Gen.Select(Gen.Enum<BinaryOperator>(), tree, tree, (op, a, b) => (ExpressionSyntax)new BinarySyntax(default, op, a, b))),
        (1, Gen.Select(Gen.Enum<UnaryOperator>(), tree, (op, a) => (ExpressionSyntax)new UnarySyntax(default, op, a))),
        (1, Gen.Select(tree, tree, tree, (a, b, c) => (ExpressionSyntax)new ConditionalSyntax(default, a, b, c))),
        (2, Gen.Select(Pick("in", "f", "counter"), tree.Array[0, 3], (name, list) => (ExpressionSyntax)new CallSyntax(default, name, default, [.. list])))));

    [Fact]
    public void Parse_PrintedTree_GivesSameTreeAsOracle() =>
        Tree.Sample(
            tree =>
            {
                var text = Print(tree, 0);
                var (parsed, diagnostics) = Expressions.Parse(text);
                Assert.Empty(diagnostics.All);
                Assert.Equal(Expressions.Prefix(tree), Expressions.Prefix(parsed!));
                Assert.Equal(Expressions.Prefix(PrecedenceClimber.Read(text)), Expressions.Prefix(parsed!));
            },
            iter: 5000,
            print: tree => Print(tree, 0));

    [Fact]
    public void Parse_AnyText_NeverThrows() =>
        Gen.OneOf(Gen.String[0, 60], Gen.Char["ab1.'\"()<>=!&|~^%*/+-?:,#[] \\\tnotdr"].Array[0, 60].Select(chars => new string(chars))).Sample(
            text =>
            {
                var (tree, diagnostics) = Expressions.Parse(text);
                Assert.True(tree is not null || diagnostics.HasErrors);
                Assert.All(diagnostics.All, found => Assert.InRange(found.Span.Start + found.Span.Length, 0, text.Length));
            },
            iter: 20000);

    private static Gen<T> Pick<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static string Print(ExpressionSyntax node, int context) => node switch
    {
        NameSyntax name => name.Name,
        NumberSyntax number => number.Value.ToString(CultureInfo.InvariantCulture),
        TextSyntax text => $"'{text.Value}'",
        BoolSyntax flag => flag.Value ? "true" : "false",
        CallSyntax call => $"{call.Function}({string.Join(", ", call.Arguments.Select(argument => Print(argument, 0)))})",
        UnarySyntax unary => Enclose((unary.Operator == UnaryOperator.Not ? "not " : "-") + Print(unary.Operand, 8), UnaryLevel(unary), context),
        ConditionalSyntax choice => Enclose($"{Print(choice.Condition, 1)} ? {Print(choice.WhenTrue, 1)} : {Print(choice.WhenFalse, 1)}", 0, context),
        BinarySyntax binary => PrintBinary(binary, context),
        _ => throw new InvalidOperationException(),
    };

    private static string PrintBinary(BinarySyntax node, int context)
    {
        var (level, sign) = node.Operator switch
        {
            BinaryOperator.Or => (1, "or"),
            BinaryOperator.And => (2, "and"),
            BinaryOperator.Equal => (3, "="),
            BinaryOperator.NotEqual => (3, "<>"),
            BinaryOperator.Less => (3, "<"),
            BinaryOperator.LessOrEqual => (3, "<="),
            BinaryOperator.Greater => (3, ">"),
            BinaryOperator.GreaterOrEqual => (3, ">="),
            BinaryOperator.Add => (5, "+"),
            BinaryOperator.Subtract => (5, "-"),
            BinaryOperator.Multiply => (6, "*"),
            BinaryOperator.Divide => (6, "/"),
            _ => (6, "%"),
        };
        var left = Print(node.Left, level == 3 ? 4 : level);
        return Enclose($"{left} {sign} {Print(node.Right, level + 1)}", level, context);
    }

    /// <summary><c>not</c> is printed without parentheses only under and, or and a choice: elsewhere it is refused.</summary>
    private static int UnaryLevel(UnarySyntax node) => node.Operator == UnaryOperator.Not ? 2 : 7;

    private static string Enclose(string text, int level, int context) => level < context ? $"({text})" : text;
}
