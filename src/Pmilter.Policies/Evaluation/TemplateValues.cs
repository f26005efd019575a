namespace Pmilter.Policies.Evaluation;

/// <summary>What a text may name besides fields: <c>{rule} {policy} {limit_max} {count} {retry_after} {decision_id}</c>. Filled by the engine before a text is made.</summary>
public sealed class TemplateValues
{
    public string Rule { get; set; } = string.Empty;

    public string Policy { get; set; } = string.Empty;

    public double LimitMax { get; set; }

    public double Count { get; set; }

    /// <summary>Rounded up to whole seconds when shown.</summary>
    public TimeSpan RetryAfter { get; set; }

    public string DecisionId { get; set; } = string.Empty;
}
