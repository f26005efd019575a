using System.Collections.Immutable;
using CsCheck;
using Pmilter.Policies.Binding;
using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Tests.Syntax;
using Pmilter.Policies.Text;
using Xunit;

namespace Pmilter.Policies.Tests.Binding;

public sealed class BinderPropertyTests
{
    private static readonly SourceSpan Span = Expressions.Scalar("made up").Span;

    private static readonly string[] Names = [.. FieldCatalog.All.Select(field => field.Name), "from_watched", "weight", "loops", "nonsense"];

    private static readonly string[] Texts = ["", "RU", "watched", "bait", "per_client", "per_login", "logins", "people", "limits", "suspicious", "level", "10.0.0.0/8", "22:00", "2026-03-01", "{i}"];

    private static readonly string[] Functions = [.. FunctionCatalog.All.Select(function => function.Name), "nonsense"];

    private static readonly Gen<ExpressionSyntax> Trees = Tree(4);

    [Fact]
    public void Bind_AnyTree_NeverThrowsAndTellsWhyNot() =>
        Gen.Select(Trees, Gen.Enum<Phase>()).Sample((tree, phase) =>
        {
            var bag = new DiagnosticBag();
            var binder = new ExpressionBinder(Bound.Scope(), bag, new SlotAllocator());
            var condition = binder.BindCondition(tree, new BindingSite(phase));
            var value = binder.BindValue(tree, new BindingSite(phase));
            var key = binder.BindKey(tree, new BindingSite(phase));
            condition?.Node.Evaluate(Mother.Context(new Story()), out _);
            key?.Append(Mother.Context(new Story()), new System.Text.StringBuilder(), out _);
            return (condition is not null && value is not null && key is not null) || bag.HasErrors;
        }, iter: 2000);

    [Fact]
    public void Print_BoundTree_ReadsBackTheSame() =>
        Trees.Sample(
            tree =>
            {
                var printed = ExpressionPrinter.Print(tree);
                var (again, _) = Expressions.Parse(printed);
                return again is null || ExpressionPrinter.Print(again) == printed;
            },
            iter: 2000);

    [Fact]
    public void Compare_Texts_AgreesWithItsNegationAndIgnoresCase() =>
        Gen.Select(Gen.String[Gen.Char["abKs"], 0, 3], Gen.String[Gen.Char["ABks"], 0, 3]).Sample(
            (a, b) =>
            {
                var context = Mother.Context(new Story { Helo = a, Headers = [("Subject", b)] });
                Bound.Condition("helo = subject").Node.Evaluate(context, out var equal);
                Bound.Condition("not (helo <> subject)").Node.Evaluate(context, out var notDifferent);
                Bound.Condition("upper(helo) = lower(subject)").Node.Evaluate(context, out var folded);
                Bound.Condition("helo < subject or helo > subject").Node.Evaluate(context, out var ordered);
                return equal == notDifferent && equal == folded && equal == !ordered;
            },
            iter: 100);

    [Fact]
    public void Bind_MacrosThatDoubleThemselves_AreRefusedInTime()
    {
        var scope = Bound.Scope();
        scope.Macros["m0"] = Bound.Tree("authenticated");
        for (var i = 1; i < 40; i++)
        {
            scope.Macros[$"m{i}"] = Bound.Tree($"m{i - 1} and m{i - 1}");
        }

        var bag = new DiagnosticBag();
        Assert.Null(new ExpressionBinder(scope, bag, new SlotAllocator()).BindCondition(Bound.Tree("m39"), new BindingSite(Phase.Eom)));
        Assert.Contains(bag.All, diagnostic => diagnostic.Id == "PM168");
    }

    private static Gen<ExpressionSyntax> Tree(int depth)
    {
        var leaf = Gen.OneOf(
            Gen.Int[0, Names.Length - 1].Select(i => Names[i]).Select(name => (ExpressionSyntax)new NameSyntax(Span, name)),
            Gen.Int[0, Texts.Length - 1].Select(i => Texts[i]).Select(text => (ExpressionSyntax)new TextSyntax(Span, text)),
            Gen.Int[0, 30].Select(number => (ExpressionSyntax)new NumberSyntax(Span, number)),
            Gen.Bool.Select(truth => (ExpressionSyntax)new BoolSyntax(Span, truth)));
        if (depth == 0)
        {
            return leaf;
        }

        var inner = Tree(depth - 1);
        return Gen.OneOf(
            leaf,
            Gen.Select(Gen.Enum<UnaryOperator>(), inner).Select((sign, a) => (ExpressionSyntax)new UnarySyntax(Span, sign, a)),
            Gen.Select(Gen.Enum<BinaryOperator>(), inner, inner).Select((sign, a, b) => (ExpressionSyntax)new BinarySyntax(Span, sign, a, b)),
            Gen.Select(Gen.Int[0, Functions.Length - 1].Select(i => Functions[i]), inner.Array[0, 4]).Select((name, arguments) => (ExpressionSyntax)new CallSyntax(Span, name, Span, arguments.ToImmutableArray())));
    }
}
