using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation.Tracing;

/// <summary>
/// What an engine notes of one event, for explanations and tests: give it one with <see cref="PolicyEngine.Trace"/>. Values of conditions
/// are noted where the set was compiled with <see cref="Compilation.CompilerOptions.IsTracing"/>; a set that was not has no node for it.
/// </summary>
public sealed class EvaluationTrace
{
    private readonly Dictionary<ExpressionSyntax, object> _values = new(ReferenceEqualityComparer.Instance);
    private readonly List<RuleTrace> _rules = [];
    private readonly List<HitTrace> _hits = [];

    /// <summary>The phase's rules in order, until <see cref="Clear"/>.</summary>
    public IReadOnlyList<RuleTrace> Rules => _rules;

    /// <summary>What was counted, until <see cref="Clear"/>.</summary>
    public IReadOnlyList<HitTrace> Hits => _hits;

    public void Clear()
    {
        _rules.Clear();
        _hits.Clear();
    }

    internal void Value(ExpressionSyntax syntax, object? value)
    {
        if (value is not null)
        {
            _values[syntax] = value;
        }
    }

    internal void Begin() => _values.Clear();

    internal void Add(RuleNode rule, RuleState state) => _rules.Add(new RuleTrace(rule.Reference, state, [], null));

    internal void Tested(RuleNode rule, MatchKind match, EvaluationContext context, CounterReading? counted, DateTimeOffset? first)
    {
        var values = new Dictionary<ExpressionSyntax, object>(_values, ReferenceEqualityComparer.Instance);
        ConditionTrace[] conditions =
        [
            .. rule.When.OfType<ITracedNode>().Select(node => Of(node.Syntax, isUnless: false)),
            .. rule.Unless.OfType<ITracedNode>().Select(node => Of(node.Syntax, isUnless: true)),
        ];
        var limit = rule.Limit is { } known
            ? new LimitTrace(
                counted ?? new CounterReading(known.Counter.Bound.Definition.Name, string.Empty, 0, context.Template.LimitMax),
                counted is not null,
                known.Counter.Bound.Definition.Window,
                match == MatchKind.Held ? context.Now + context.Template.RetryAfter : null,
                first)
            : null;
        _rules.Add(new RuleTrace(rule.Reference, StateOf(match), conditions, limit) { Scope = rule.Scope });

        ConditionTrace Of(ExpressionSyntax syntax, bool isUnless) =>
            new(syntax, isUnless, values.TryGetValue(syntax, out var value) ? (bool)value : null, values);
    }

    /// <summary>What became of the rule that was tested last.</summary>
    internal void Decided(string outcome)
    {
        if (_rules.Count > 0)
        {
            _rules[^1] = _rules[^1] with { Outcome = outcome };
        }
    }

    /// <summary>The rule that was tested last did nothing, for the sake of somebody.</summary>
    internal void Protected(string why)
    {
        if (_rules.Count > 0)
        {
            _rules[^1] = _rules[^1] with { ProtectedWhy = why };
        }
    }

    internal void Hit(string counter, string key, double value, bool isShadow, RecipientFacts? recipient) =>
        _hits.Add(new HitTrace(counter, key, value, isShadow, recipient?.Address.Text ?? string.Empty));

    private static RuleState StateOf(MatchKind match) => match switch
    {
        MatchKind.Fired => RuleState.Fired,
        MatchKind.Held => RuleState.Held,
        MatchKind.Failed => RuleState.Failed,
        _ => RuleState.NoMatch,
    };
}

/// <summary>How far a rule came.</summary>
public enum RuleState
{
    /// <summary>Its conditions did not hold, or its limit was not passed.</summary>
    NoMatch,
    Fired,

    /// <summary>Its hold on the key runs.</summary>
    Held,

    /// <summary>A fact that decides is missing.</summary>
    Failed,

    /// <summary>Outside its schedule or time, or for recipients that the MTA has not refused.</summary>
    NotInForce,

    /// <summary>An earlier rule had decided.</summary>
    NotReached,
}

/// <param name="Rule">Who and where.</param>
/// <param name="State">How far it came.</param>
/// <param name="Conditions">Its <c>when</c> and <c>unless</c>, the file's first; empty where they were not asked.</param>
/// <param name="Limit">Null where it has none or was not asked.</param>
public sealed record RuleTrace(RuleReference Rule, RuleState State, IReadOnlyList<ConditionTrace> Conditions, LimitTrace? Limit)
{
    /// <summary>The verdict's word when it decided, or would have; else <c>continue</c>.</summary>
    public string Outcome { get; init; } = "continue";

    /// <summary>Who is protected, so that it did nothing: <c>203.0.113.9 is in protect.clients</c>; empty when nobody was.</summary>
    public string ProtectedWhy { get; init; } = string.Empty;

    /// <summary>The names of its file.</summary>
    public Binding.BindingScope? Scope { get; init; }

    public bool HasMatched => State is RuleState.Fired or RuleState.Held;
}

/// <param name="Syntax">As written.</param>
/// <param name="IsUnless">An exception.</param>
/// <param name="Value">Null when it was not reached, or not known.</param>
/// <param name="Values">Of every part that was asked: text, double, bool or IP address.</param>
public sealed record ConditionTrace(ExpressionSyntax Syntax, bool IsUnless, bool? Value, IReadOnlyDictionary<ExpressionSyntax, object> Values);

/// <param name="Reading">Count and limit.</param>
/// <param name="HasCounted">False when the counter did not count this event, so that the limit does not judge it.</param>
/// <param name="Window">Zero for gauges.</param>
/// <param name="HeldUntil">The end of a hold that runs.</param>
/// <param name="First">When the oldest event came that counts; null when it was not counted, or the store does not tell.</param>
public sealed record LimitTrace(CounterReading Reading, bool HasCounted, TimeSpan Window, DateTimeOffset? HeldUntil, DateTimeOffset? First);

/// <param name="Counter"><c>policy/counter</c>.</param>
/// <param name="Key">As the store knows it.</param>
/// <param name="Value">The count with this event.</param>
/// <param name="IsShadow">What monitor rules read.</param>
/// <param name="Recipient">Who was counted; empty for other events.</param>
public sealed record HitTrace(string Counter, string Key, double Value, bool IsShadow, string Recipient);
