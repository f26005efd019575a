using System.Globalization;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Tests.Syntax;

/// <summary>Conditions for tests: parsing, and printing trees in prefix form.</summary>
internal static class Expressions
{
    public static (ExpressionSyntax? Tree, DiagnosticBag Diagnostics) Parse(string text)
    {
        var bag = new DiagnosticBag();
        return (ExpressionParser.Parse(Scalar(text), bag), bag);
    }

    public static YamlScalar Scalar(string text)
    {
        var source = new SourceText("test.yaml", text);
        return new YamlScalar(new SourceSpan(source, 0, text.Length), text, YamlStyle.Plain);
    }

    public static string Written(SourceSpan span) => span.Source.Text.Substring(span.Start, span.Length);

    public static string Prefix(ExpressionSyntax node) => node switch
    {
        NameSyntax name => name.Name,
        NumberSyntax number => number.Value.ToString("R", CultureInfo.InvariantCulture),
        TextSyntax text => $"'{text.Value}'",
        BoolSyntax flag => flag.Value ? "true" : "false",
        UnarySyntax unary => $"({unary.Operator} {Prefix(unary.Operand)})",
        BinarySyntax binary => $"({binary.Operator} {Prefix(binary.Left)} {Prefix(binary.Right)})",
        ConditionalSyntax choice => $"(If {Prefix(choice.Condition)} {Prefix(choice.WhenTrue)} {Prefix(choice.WhenFalse)})",
        CallSyntax call => $"{call.Function}({string.Join(", ", call.Arguments.Select(Prefix))})",
        _ => throw new InvalidOperationException(node.GetType().Name),
    };
}
