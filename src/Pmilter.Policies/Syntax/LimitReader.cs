using Pmilter.Policies.Vocabulary;

namespace Pmilter.Policies.Syntax;

/// <summary>Reads <c>limit: { counter, max, hold }</c> of a rule.</summary>
internal static class LimitReader
{
    public static LimitSyntax? Read(MappingReader rule)
    {
        if (rule.Nested("limit", "{ counter, max, hold }") is not { } mapping)
        {
            return null;
        }

        var limit = new MappingReader(mapping, RuleKeys.Limit, rule.Diagnostics);
        var counter = limit.Require("counter") && limit.Scalar("counter", "the name of a counter") is { } name ? Names.Read(name, "a counter", rule.Diagnostics) : null;
        var max = limit.Require("max") ? limit.Expression("max") : null;
        var hold = ReadHold(limit);
        return counter is null || max is null ? null : new LimitSyntax(counter, max, hold, mapping.Span);
    }

    private static HoldSyntax? ReadHold(MappingReader limit)
    {
        var node = limit.Node("hold");
        if (node is YamlMapping mapping)
        {
            var hold = new MappingReader(mapping, RuleKeys.Hold, limit.Diagnostics);
            var after = hold.Choice("after", PolicyWords.AfterHold);
            return hold.Require("for", "write for: 10s") && hold.Duration("for") is { } span ? new HoldSyntax(span, after is not null) : null;
        }

        return node is not null && limit.Duration("hold") is { } time ? new HoldSyntax(time, false) : null;
    }
}
