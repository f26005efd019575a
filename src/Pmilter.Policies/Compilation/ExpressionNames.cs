using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Compilation;

/// <summary>Every bare word in the expressions of a file.</summary>
internal static class ExpressionNames
{
    public static IEnumerable<string> In(PolicyDocument document) =>
        Expressions(document).SelectMany(e => e is null ? [] : In(e));

    private static IEnumerable<ExpressionSyntax?> Expressions(PolicyDocument document) =>
    [
        document.When,
        document.Unless,
        .. document.Macros.Select(m => m.Body),
        .. document.Counters.SelectMany(c => c.Key.Append<ExpressionSyntax?>(c.When).Append(c.Unless).Append(c.CountOf)),
        .. document.Bans.SelectMany(b => b.Key),
        .. document.Rules.SelectMany(r => new[] { r.When, r.Unless, r.Limit?.Max }),
        .. document.Rules.SelectMany(r => r.Then).Select(s => s.Argument).OfType<YamlMapping>().SelectMany(m => m.Entries)
            .Select(e => e.Value).OfType<YamlScalar>().Select(s => ExpressionParser.Parse(s, new DiagnosticBag())),
    ];

    private static IEnumerable<string> In(ExpressionSyntax syntax) => syntax switch
    {
        NameSyntax name => [name.Name],
        UnarySyntax unary => In(unary.Operand),
        BinarySyntax binary => [.. In(binary.Left), .. In(binary.Right)],
        ConditionalSyntax choice => [.. In(choice.Condition), .. In(choice.WhenTrue), .. In(choice.WhenFalse)],
        CallSyntax call => call.Arguments.SelectMany(In),
        _ => [],
    };
}
