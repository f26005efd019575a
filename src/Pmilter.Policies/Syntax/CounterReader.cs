using System.Collections.Immutable;
using Pmilter.Policies.Text;
using Pmilter.Policies.Vocabulary;

namespace Pmilter.Policies.Syntax;

/// <summary>Reads one counter; one without phase or count is checked and left out. Which phases a count has is the binder's.</summary>
internal static class CounterReader
{
    private const int DefaultMaxKeys = 100_000;
    private const long DefaultMaxMemory = 64L * 1024 * 1024;

    public static CounterSyntax? Read(YamlEntry entry, DiagnosticBag diagnostics)
    {
        if (entry.Value is not YamlMapping mapping)
        {
            diagnostics.Add(ShapeDiagnostics.WrongKind(entry.Value.Span, entry.Key.Value, MappingReader.KindOf(entry.Value), "a counter: { phase, count, key, window }"));
            return null;
        }

        var counter = new MappingReader(mapping, StateKeys.Counter, diagnostics);
        var phase = counter.Require("phase") ? PhaseReader.Read(counter) : null;
        var (count, of) = counter.Require("count") ? ReadCount(counter) : (null, null);
        counter.Require("key", "write key: [client_ip]; key: [] is one count over everything");
        var key = KeyReader.Read(counter);
        var when = counter.Expression("when");
        var unless = counter.Expression("unless");
        var window = counter.Duration("window");
        CheckWindow(counter, count);
        var refused = counter.Choice("refused", PolicyWords.Refused)?.Value ?? RefusedHits.Ignore;
        var unknown = counter.Choice("unknown", PolicyWords.Unknown)?.Value ?? UnknownKeys.Skip;
        var includesRefused = counter.Choice("mta_refused", PolicyWords.Include) is not null;
        var maxKeys = counter.Integer("max_keys") ?? DefaultMaxKeys;
        var maxMemory = counter.Size("max_memory") ?? DefaultMaxMemory;
        var isLocal = counter.Choice("scope", PolicyWords.LocalScope)?.Value ?? false;
        var name = new Located<string>(entry.Key.Value, entry.Key.Span);
        return phase is null || count is null
            ? null
            : new CounterSyntax(name, phase, count, of, key, when, unless, window, refused, unknown, includesRefused, maxKeys, maxMemory, isLocal);
    }

    private static void CheckWindow(MappingReader counter, Located<CountKind>? count)
    {
        if (count is { Value: CountKind.OpenConnections } && counter.KeyOf("window") is { } written)
        {
            counter.Diagnostics.Add(ShapeDiagnostics.Conflict(written.Span, "open_connections is a gauge: it has no window", "remove window"));
        }
        else if (count is { Value: not CountKind.OpenConnections })
        {
            counter.Require("window", "write window: 60s");
        }
    }

    /// <summary><c>messages</c>, or <c>distinct(expr)</c> and <c>sum(expr)</c> with their expression.</summary>
    private static (Located<CountKind>? Count, ExpressionSyntax? Of) ReadCount(MappingReader counter)
    {
        if (counter.Scalar("count", "what is counted") is not { } scalar)
        {
            return (null, null);
        }

        if (!scalar.Value.Contains('(', StringComparison.Ordinal))
        {
            var word = ValueReader.Choice("count", scalar, PolicyWords.Counts, counter.Diagnostics);
            if (word is { Value: CountKind.Distinct or CountKind.Sum })
            {
                counter.Diagnostics.Add(ShapeDiagnostics.BadValue(scalar.Span, "count", scalar.Value, $"{scalar.Value}(expression)", $"write {scalar.Value}(client_country) or the like"));
                return (null, null);
            }

            return (word, null);
        }

        if (counter.Expression(scalar) is not { } expression)
        {
            return (null, null);
        }

        if (expression is CallSyntax { Function: "distinct" or "sum", Arguments: [var of] } call)
        {
            return (new Located<CountKind>(call.Function == "sum" ? CountKind.Sum : CountKind.Distinct, scalar.Span), of);
        }

        counter.Diagnostics.Add(ShapeDiagnostics.BadValue(scalar.Span, "count", scalar.Value, "messages, recipients, …, distinct(expression) or sum(expression)"));
        return (null, null);
    }
}

/// <summary>Reads <c>key: [a, "f(b)"]</c>: each item an expression.</summary>
internal static class KeyReader
{
    public static ImmutableArray<ExpressionSyntax> Read(MappingReader reader)
    {
        var parts = ImmutableArray.CreateBuilder<ExpressionSyntax>();
        foreach (var scalar in reader.Scalars("key", "a list of fields or expressions such as [client_ip]"))
        {
            if (reader.Expression(scalar) is { } part)
            {
                parts.Add(part);
            }
        }

        return parts.ToImmutable();
    }
}
