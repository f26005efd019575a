namespace Pmilter.Policies.Evaluation.Tracing;

/// <summary>
/// Notes which facts are read that nobody knows: a replay gives recorded values, and what was not recorded must not be taken as empty.
/// Only in sets compiled with <see cref="Compilation.CompilerOptions.IsWatching"/>. What monitor rules read does not count.
/// </summary>
/// <param name="isKnown">A field's name, or a call as written: <c>header('X-Spam')</c>.</param>
public sealed class FactWatch(Func<string, bool> isKnown)
{
    private readonly HashSet<string> _missed = new(StringComparer.Ordinal);

    public IReadOnlySet<string> Missed => _missed;

    public void Clear() => _missed.Clear();

    internal void Read(string fact)
    {
        if (!isKnown(fact))
        {
            _missed.Add(fact);
        }
    }
}

/// <summary>A fact whose reading is noted.</summary>
internal sealed class WatchedNode<T>(Expression<T> inner, string fact) : Expression<T>
{
    public override EvaluationStatus Evaluate(EvaluationContext context, out T value)
    {
        if (!context.IsShadow)
        {
            context.Watch?.Read(fact);
        }

        return inner.Evaluate(context, out value);
    }

    public override string ToString() => inner.ToString();
}
