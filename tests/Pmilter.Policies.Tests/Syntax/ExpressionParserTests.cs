using System.Globalization;
using Pmilter.Policies.Syntax;
using Xunit;

namespace Pmilter.Policies.Tests.Syntax;

public sealed class ExpressionParserTests
{
    [Theory]
    [InlineData("a", "a")]
    [InlineData("a and b or c", "(Or (And a b) c)")]
    [InlineData("a or b and c", "(Or a (And b c))")]
    [InlineData("a && b || !c", "(Or (And a b) (Not c))")]
    [InlineData("not a and b", "(And (Not a) b)")]
    [InlineData("not (a = 'x')", "(Not (Equal a 'x'))")]
    [InlineData("a == 'x'", "(Equal a 'x')")]
    [InlineData("a != 'x' or a <> 'y'", "(Or (NotEqual a 'x') (NotEqual a 'y'))")]
    [InlineData("n > 1 + 2 * 3 - 4 % 5 / 6", "(Greater n (Subtract (Add 1 (Multiply 2 3)) (Divide (Remainder 4 5) 6)))")]
    [InlineData("-n < -1.5", "(Less (Negate n) (Negate 1.5))")]
    [InlineData("n >= .5 and n <= 1e3 and m < 2E-1", "(And (And (GreaterOrEqual n 0.5) (LessOrEqual n 1000)) (Less m 0.2))")]
    [InlineData("in(x, 'a', 'b')", "in(x, 'a', 'b')")]
    [InlineData("f()", "f()")]
    [InlineData("f((a), g(b, (c)))", "f(a, g(b, c))")]
    [InlineData("if(a, 1, 2)", "(If a 1 2)")]
    [InlineData("a ? 'x' : 'y'", "(If a 'x' 'y')")]
    [InlineData("(a = b) = true", "(Equal (Equal a b) true)")]
    [InlineData("a = (not b)", "(Equal a (Not b))")]
    [InlineData("'it\\'s \\\\ \\n\\r\\t \\u0041'", "'it's \\ \n\r\t A'")]
    [InlineData("'当選 😀'", "'当選 😀'")]
    [InlineData("common/outbound", "(Divide common outbound)")]
    [InlineData("e1 = E5", "(Equal e1 E5)")]
    [InlineData("a\n  and\r\n\tb", "(And a b)")]
    [InlineData("20000000000 > 1", "(Greater 20000000000 1)")]
    public void Parse_Expression_GivesTree(string text, string expected)
    {
        var (tree, diagnostics) = Expressions.Parse(text);

        Assert.Empty(diagnostics.All);
        Assert.NotNull(tree);
        Assert.Equal(expected, Expressions.Prefix(tree));
    }

    [Theory]
    [InlineData("n > 5 # and n < 3", "PM120", "#")]
    [InlineData("d = #2026-01-01#", "PM120", "#")]
    [InlineData("n > 5 $", "PM111", "$")]
    [InlineData("n > 5'", "PM118", "'")]
    [InlineData("n > 5 and 'x", "PM118", "'")]
    [InlineData("country = ‘RU’", "PM111", "‘")]
    [InlineData("country ＝ 'RU'", "PM111", "＝")]
    [InlineData("a\u00a0and b", "PM111", "\u00a0")]
    [InlineData("a 😀", "PM111", "😀")]
    [InlineData("country = \"RU\"", "PM112", "\"RU\"")]
    [InlineData("a AND b", "PM113", "AND")]
    [InlineData("a OR b", "PM113", "OR")]
    [InlineData("NOT b", "PM113", "NOT")]
    [InlineData("b = TRUE", "PM113", "TRUE")]
    [InlineData("b = False", "PM113", "False")]
    [InlineData("not s = 'x'", "PM114", "not s = 'x'")]
    [InlineData("!s = 'x'", "PM114", "!s = 'x'")]
    [InlineData("a and not s <> 'x'", "PM114", "not s <> 'x'")]
    [InlineData("not n > 5", "PM114", "not n > 5")]
    [InlineData("s =~ 'x'", "PM115", "=~")]
    [InlineData("s !~ 'x'", "PM115", "!~")]
    [InlineData("matches(s, '\\d+')", "PM116", "\\d")]
    [InlineData("s = '\\u12g4'", "PM116", "\\u")]
    [InlineData("s = 'a\tb'", "PM117", "\t")]
    [InlineData("s = 'a\nb'", "PM117", "\n")]
    [InlineData("s in ('a','b')", "PM119", "in")]
    [InlineData("s not in ('a','b')", "PM119", "in")]
    [InlineData("subject contains 'x'", "PM119", "contains")]
    [InlineData("[client ip] = 'x'", "PM121", "[client ip]")]
    [InlineData("a ^ b", "PM122", "^")]
    [InlineData("a & b", "PM122", "&")]
    [InlineData("a | b", "PM122", "|")]
    [InlineData("a << 2", "PM122", "<<")]
    [InlineData("a >> 2", "PM122", ">>")]
    [InlineData("~a", "PM122", "~")]
    [InlineData("1 < x < 5", "PM123", "1 < x < 5")]
    [InlineData("a = b = c", "PM123", "a = b = c")]
    [InlineData("a = b < c", "PM123", "a = b < c")]
    [InlineData("n > 10k", "PM124", "10k")]
    [InlineData("n > 1.", "PM124", "1.")]
    [InlineData("n > 4.7.1", "PM124", "4.7.1")]
    [InlineData("n > 0x10", "PM124", "0x10")]
    [InlineData("n > 1e999", "PM124", "1e999")]
    [InlineData("", "PM126", "")]
    [InlineData("  ", "PM126", "  ")]
    [InlineData("(a and b", "PM127", "(")]
    [InlineData("a and b)", "PM127", ")")]
    [InlineData("a b", "PM128", "b")]
    [InlineData("a and", "PM128", "and")]
    [InlineData("and a", "PM128", "and")]
    [InlineData("f(a,)", "PM128", ")")]
    [InlineData("f(,a)", "PM128", ",")]
    [InlineData("()", "PM128", ")")]
    [InlineData("a, b", "PM128", ",")]
    [InlineData("not not a", "PM128", "not")]
    [InlineData("a ? b", "PM128", "b")]
    [InlineData("a ? b : c ? d : e", "PM128", "?")]
    [InlineData("'a' 'b'", "PM128", "'b'")]
    [InlineData("x => 5", "PM111", "=>")]
    public void Parse_Trap_OneErrorAtItsPlace(string text, string id, string written)
    {
        var (_, diagnostics) = Expressions.Parse(text);

        var found = Assert.Single(diagnostics.All);
        Assert.Equal(id, found.Id);
        Assert.Equal(written, Expressions.Written(found.Span));
    }

    [Theory]
    [InlineData("country = \"RU\"", "\"RU\" is a name here; text takes single quotes", "write 'RU'")]
    [InlineData("not s = 'x'", "'not' binds tighter than '=': this compares the negation", "write not (s = 'x') or s <> 'x'")]
    [InlineData("s not in ('a')", "'in' is a function, not an operator", "write not in(s, 'a', 'b')")]
    [InlineData("a AND b", "'AND' is not an operator; keywords are lower case: and", "write and")]
    public void Parse_Trap_SaysTheMend(string text, string message, string hint)
    {
        var found = Assert.Single(Expressions.Parse(text).Diagnostics.All);

        Assert.Equal(message, found.Message);
        Assert.Equal(hint, found.Hint);
    }

    [Theory]
    [InlineData("client_contry = \"RU\"", "(Equal client_contry 'RU')")]
    [InlineData("a AND NOT b", "(And a (Not b))")]
    [InlineData("matches(s, '\\d')", "matches(s, '\\d')")]
    public void Parse_GuessableMistake_StillGivesTree(string text, string expected)
    {
        var (tree, diagnostics) = Expressions.Parse(text);

        Assert.True(diagnostics.HasErrors);
        Assert.Equal(expected, Expressions.Prefix(tree!));
    }

    [Fact]
    public void Parse_OtherCulture_SameNumbers()
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("de-DE");
        try
        {
            Assert.Equal("(Greater n 1.5)", Expressions.Prefix(Expressions.Parse("n > 1.5").Tree!));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData(100, null)]
    [InlineData(101, "PM110")]
    [InlineData(3000, "PM110")]
    public void Parse_NestedParentheses_BoundedAtHundred(int depth, string? id)
    {
        var (_, diagnostics) = Expressions.Parse(new string('(', depth) + "a" + new string(')', depth));

        Assert.Equal(id, diagnostics.All.SingleOrDefault()?.Id);
    }

    [Theory]
    [InlineData(1000, null)]
    [InlineData(1001, "PM110")]
    [InlineData(5000, "PM110")]
    public void Parse_LongChain_BoundedAtTwoThousandTokens(int terms, string? id)
    {
        var (_, diagnostics) = Expressions.Parse(string.Join('+', Enumerable.Repeat("a", terms)));

        Assert.Equal(id, diagnostics.All.SingleOrDefault()?.Id);
    }

    [Fact]
    public void Parse_Spans_CoverOwnParenthesesOnly()
    {
        var tree = (BinarySyntax)Expressions.Parse("(a or b) and f((c), d = 'x') ").Tree!;
        var call = (CallSyntax)tree.Right;

        Assert.Equal("(a or b) and f((c), d = 'x')", Expressions.Written(tree.Span));
        Assert.Equal("(a or b)", Expressions.Written(tree.Left.Span));
        Assert.Equal("f((c), d = 'x')", Expressions.Written(call.Span));
        Assert.Equal("f", Expressions.Written(call.FunctionSpan));
        Assert.Equal("(c)", Expressions.Written(call.Arguments[0].Span));
        Assert.Equal("d = 'x'", Expressions.Written(call.Arguments[1].Span));
    }
}
