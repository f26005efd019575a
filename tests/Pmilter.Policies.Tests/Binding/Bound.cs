using System.Collections.Immutable;
using System.Net;
using Pmilter.Policies.Binding;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Mail;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Tests.Syntax;
using Pmilter.Policies.Text;
using Xunit;

namespace Pmilter.Policies.Tests.Binding;

/// <summary>Binds texts in a scope that has one of everything.</summary>
internal static class Bound
{
    public static BindingScope Scope()
    {
        var scope = new BindingScope { PolicyName = "test" };
        scope.Lists.Add("watched", new TestList(ListType.Country, "RU", "NG"));
        scope.Lists.Add("own_domains", new TestList(ListType.Domain, "example.jp"));
        scope.Lists.Add("partners", new TestList(ListType.Cidr, "192.0.2.7"));
        scope.Lists.Add("ports", new TestList(ListType.Number, "25", "587"));
        scope.Lists.Add("limits", new TestList(ListType.Map, "example.jp"));
        scope.Patterns.Add("bait", new Pattern("(lottery|当選)"));
        scope.Patterns.Add("slow", new Pattern("^(?=a)(a+)+$"));
        scope.Tags.Add("suspicious");
        scope.Variables.Add("level", Policies.Binding.ValueType.Number);
        scope.Variables.Add("kind", Policies.Binding.ValueType.Text);
        scope.Variables.Add("flag", Policies.Binding.ValueType.Bool);
        scope.Macros.Add("from_watched", Tree("in_list(client_country, 'watched')"));
        scope.Macros.Add("weight", Tree("declared_size / 1000"));
        scope.Macros.Add("loops", Tree("not back"));
        scope.Macros.Add("back", Tree("loops or authenticated"));
        scope.Counters.Add("per_client", Counter(scope, "per_client", Phase.Connect, 0, "client_ip"));
        scope.Counters.Add("per_subject", Counter(scope, "per_subject", Phase.Eoh, 1, "subject"));
        scope.Counters.Add("per_login", Counter(scope, "per_login", Phase.Eoh, 2, "sasl_login"));
        scope.Bans.Add("logins", Ban(scope, "logins", "sasl_login"));
        scope.Bans.Add("clients", Ban(scope, "clients", "client_ip"));
        scope.Bans.Add("people", Ban(scope, "people", "rcpt_to"));
        return scope;
    }

    public static ExpressionSyntax Tree(string text)
    {
        var (tree, diagnostics) = Expressions.Parse(text);
        Assert.True(tree is not null && !diagnostics.HasErrors, $"{text}: {string.Join("; ", diagnostics.All.Select(d => d.Message))}");
        return tree;
    }

    public static (BoundExpression<bool>? Expression, DiagnosticBag Diagnostics) TryCondition(string text, BindingSite site)
    {
        var bag = new DiagnosticBag();
        return (new ExpressionBinder(Scope(), bag, new SlotAllocator()).BindCondition(Tree(text), site), bag);
    }

    public static BoundExpression<bool> Condition(string text, Phase phase = Phase.Eom)
    {
        var (expression, bag) = TryCondition(text, new BindingSite(phase));
        Assert.True(expression is not null && !bag.HasErrors, $"{text}: {string.Join("; ", bag.All.Select(d => d.Message))}");
        return expression;
    }

    public static BoundValue Value(string text, Phase phase)
    {
        var bag = new DiagnosticBag();
        var value = new ExpressionBinder(Scope(), bag, new SlotAllocator()).BindValue(Tree(text), new BindingSite(phase));
        Assert.True(value is not null && !bag.HasErrors, $"{text}: {string.Join("; ", bag.All.Select(d => d.Message))}");
        return value;
    }

    public static KeyPart Key(string text, Phase phase = Phase.Eom)
    {
        var bag = new DiagnosticBag();
        var key = new ExpressionBinder(Scope(), bag, new SlotAllocator()).BindKey(Tree(text), new BindingSite(phase));
        Assert.True(key is not null && !bag.HasErrors, $"{text}: {string.Join("; ", bag.All.Select(d => d.Message))}");
        return key;
    }

    private static BoundCounter Counter(BindingScope scope, string name, Phase phase, int index, string key)
    {
        var at = Expressions.Scalar(name).Span;
        var syntax = new CounterSyntax(
            new(name, at), new(phase, at), new(CountKind.Messages, at), null, [Tree(key)], null, null, new(TimeSpan.FromSeconds(10), at),
            RefusedHits.Ignore, UnknownKeys.Skip, false, 100_000, 64_000_000, false);
        var definition = new CounterDefinition($"test/{name}", WindowKind.Count, TimeSpan.FromSeconds(10), key, 100_000, 64_000_000, false, 0);
        return new BoundCounter
        {
            Name = name,
            Index = index,
            Phase = phase,
            Kind = CountKind.Messages,
            Definition = definition,
            ShadowDefinition = definition with { Name = $"test/{name}~would" },
            Syntax = syntax,
            Key = OwnKey(scope, key),
        };
    }

    private static BoundBan Ban(BindingScope scope, string name, string key) => new()
    {
        Name = name,
        Key = OwnKey(scope, key),
        Definition = new BanDefinition($"test/{name}", [TimeSpan.FromHours(1)], TimeSpan.FromDays(7)),
        ShadowDefinition = new BanDefinition($"test/{name}~would", [TimeSpan.FromHours(1)], TimeSpan.FromDays(7)),
        Unknown = UnknownKeys.Skip,
    };

    private static ImmutableArray<KeyPart> OwnKey(BindingScope scope, string key)
    {
        var part = new ExpressionBinder(scope, new DiagnosticBag(), new SlotAllocator()).BindKey(Tree(key), new BindingSite(Phase.Eom, IsAnywhere: true));
        Assert.NotNull(part);
        return [part];
    }

    private sealed class TestList(ListType type, params string[] items) : MailList(type, items.Length)
    {
        public override IReadOnlyList<string> Columns => ["customer", "max"];

        public override bool Contains(string value) => items.Contains(value, StringComparer.OrdinalIgnoreCase);

        public override bool Contains(IPAddress address) => items.Contains(address.ToString());

        public override bool Contains(double value) => items.Contains($"{value}");

        public override string? Find(string key, int column) => items.Contains(key) ? (column == 0 ? "acme" : "250") : null;

        public override bool IsNumeric(int column) => column == 1;
    }
}
