namespace Pmilter.Policies.Evaluation;

/// <summary>What came of an evaluation.</summary>
public enum EvaluationStatus
{
    Known,

    /// <summary>The value rests on a fact that has not been looked up; the context names the slot.</summary>
    Pending,

    /// <summary>The value rests on a fact whose look-up failed.</summary>
    Failed,
}

/// <summary>
/// A running expression: a sealed node, synchronous, pure, allocating nothing. T is bool, double, string or <see cref="System.Net.IPAddress"/>.
/// </summary>
/// <remarks>
/// <c>and</c>, <c>or</c> go from left to right and stop at the first Pending; a Failed side counts only if the other does not decide.
/// </remarks>
public abstract class Expression<T>
{
    public abstract EvaluationStatus Evaluate(EvaluationContext context, out T value);

    /// <summary>It answers from what the event brought and notes nothing: never Pending, nobody is asked.</summary>
    internal virtual bool IsImmediate => false;

    /// <summary>Its source, for explanations.</summary>
    public abstract override string ToString();
}
