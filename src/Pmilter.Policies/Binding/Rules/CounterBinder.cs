using System.Collections.Immutable;
using Pmilter.Policies.Mail;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding.Rules;

/// <summary>Counters in written order: each may read those above it.</summary>
internal sealed class CounterBinder(PolicyDocument document, BindingScope scope, SlotAllocator slots, DiagnosticBag diagnostics)
{
    private readonly FileConditions _file = new(document, scope, slots, diagnostics);
    private readonly ExpressionBinder _binder = new(scope, diagnostics, slots);

    public ConditionedCounter? Bind(CounterSyntax syntax, int index)
    {
        if (!CheckKind(syntax) || !HasItsWindow(syntax))
        {
            return null;
        }

        var phase = syntax.Phase.Value;
        var isAfterRcpt = phase is > Phase.Rcpt and <= Phase.Eom;
        var site = new BindingSite(phase, AllowsRecipients: isAfterRcpt);
        var file = _file.Bind(syntax.Phase, $"counter '{syntax.Name.Value}'", null, null, isAfterRcpt);
        var when = syntax.When is null ? null : _binder.BindCondition(syntax.When, site);
        var unless = syntax.Unless is null ? null : _binder.BindCondition(syntax.Unless, site);
        var key = BindKey(syntax.Key, site);
        var distinct = syntax.Count.Value == CountKind.Distinct && syntax.CountOf is { } of ? _binder.BindKey(of, site) : null;
        var sum = BindSum(syntax, site);
        if (file is null || key.Length < syntax.Key.Length || IsMissing(syntax.When, when) || IsMissing(syntax.Unless, unless))
        {
            return null;
        }

        if ((syntax.Count.Value == CountKind.Distinct && distinct is null) || (syntax.Count.Value is CountKind.Sum or CountKind.Bytes && sum is null))
        {
            return null;
        }

        var definition = Definition(syntax, key, distinct);
        var counter = new BoundCounter
        {
            Name = syntax.Name.Value,
            Index = index,
            Phase = phase,
            Kind = syntax.Count.Value,
            Definition = definition,
            ShadowDefinition = definition with { Name = definition.Name + "~would" },
            Syntax = syntax,
            Key = key,
            When = when,
            Unless = unless,
            DistinctOf = distinct,
            SumOf = sum,
        };
        var conditions = new BoundConditions(
            when is null ? file.When : file.When.Add(when), unless is null ? file.Unless : file.Unless.Add(unless));

        // From data on, a key of rcpt fields means: once for each recipient.
        var usage = Usage(counter, conditions);
        return new ConditionedCounter(counter, conditions, usage, isAfterRcpt && usage.ReadsRecipient);
    }

    public ImmutableArray<KeyPart> BindKey(ImmutableArray<ExpressionSyntax> key, BindingSite site)
    {
        var parts = ImmutableArray.CreateBuilder<KeyPart>(key.Length);
        foreach (var expression in key)
        {
            if (_binder.BindKey(expression, site) is { } part)
            {
                parts.Add(part);
            }
        }

        return parts.ToImmutable();
    }

    private static bool IsMissing(ExpressionSyntax? written, BoundExpression<bool>? bound) => written is not null && bound is null;

    private BoundExpression<double>? BindSum(CounterSyntax syntax, BindingSite site) => syntax.Count.Value switch
    {
        CountKind.Bytes => _binder.BindNumber(new NameSyntax(syntax.Count.Span, "size"), site),
        CountKind.Sum when syntax.CountOf is { } of => _binder.BindNumber(of, site),
        _ => null,
    };

    private bool CheckKind(CounterSyntax syntax)
    {
        var phase = syntax.Phase.Value;
        var (isLegal, expected) = syntax.Count.Value switch
        {
            CountKind.Connections or CountKind.OpenConnections => (phase == Phase.Connect, "phase: connect"),
            CountKind.Messages => (phase is Phase.Mail or Phase.Rcpt or Phase.Data or Phase.Eoh or Phase.Eom, "phase: mail, rcpt, data, eoh or eom"),
            CountKind.Recipients => (phase == Phase.Rcpt, "phase: rcpt"),
            CountKind.Bytes => (phase == Phase.Eom, "phase: eom"),
            _ => (true, string.Empty),
        };
        if (!isLegal)
        {
            diagnostics.Add(PolicyDiagnostics.CounterPhase(syntax.Phase.Span, Words.Of(syntax.Count.Value), phase, expected));
        }

        return isLegal;
    }

    /// <summary>The reader has said what is wrong.</summary>
    private static bool HasItsWindow(CounterSyntax syntax) => syntax.Window is null == (syntax.Count.Value == CountKind.OpenConnections);

    private CounterDefinition Definition(CounterSyntax syntax, ImmutableArray<KeyPart> key, KeyPart? distinct)
    {
        var kind = syntax.Count.Value switch
        {
            CountKind.Distinct => WindowKind.Distinct,
            CountKind.Sum or CountKind.Bytes => WindowKind.Sum,
            CountKind.OpenConnections => WindowKind.Gauge,
            _ => WindowKind.Count,
        };
        var keyText = string.Join(", ", key.Select(k => k.Source));
        return new CounterDefinition(
            $"{document.Name.Value}/{syntax.Name.Value}",
            kind,
            syntax.Window?.Value ?? TimeSpan.Zero,
            distinct is null ? keyText : $"{keyText} of {distinct.Source}",
            syntax.MaxKeys,
            syntax.MaxMemoryBytes,
            syntax.IsLocal,
            HalfOfLargestLimit(syntax.Name.Value));
    }

    private double HalfOfLargestLimit(string counter)
    {
        var largest = 0.0;
        foreach (var rule in document.Rules)
        {
            if (rule.Limit is { Max: NumberSyntax max } limit && string.Equals(limit.Counter.Value, counter, StringComparison.Ordinal))
            {
                largest = Math.Max(largest, max.Value);
            }
        }

        return largest / 2;
    }

    private static ExpressionUsage Usage(BoundCounter counter, BoundConditions conditions)
    {
        var usage = new ExpressionUsage();
        foreach (var condition in conditions.When.Concat(conditions.Unless))
        {
            usage.Add(condition.Usage);
        }

        foreach (var part in counter.Key)
        {
            usage.Add(part.Usage);
        }

        if (counter.DistinctOf is { } distinct)
        {
            usage.Add(distinct.Usage);
        }

        if (counter.SumOf is { } sum)
        {
            usage.Add(sum.Usage);
        }

        return usage;
    }
}
