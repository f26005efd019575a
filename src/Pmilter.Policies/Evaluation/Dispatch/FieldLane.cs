namespace Pmilter.Policies.Evaluation.Dispatch;

/// <summary>The rules of a phase that demand something of one field.</summary>
/// <param name="all">Their places in the phase, ascending.</param>
internal abstract class FieldLane(int[] all)
{
    public int[] All => all;

    /// <summary>The places, ascending, of those whose demand the event meets.</summary>
    public abstract int[] Find(EvaluationContext context);
}

/// <summary>By a hash of the field's value; allocates nothing.</summary>
internal sealed class FieldLane<T>(Func<EvaluationContext, T?> read, Dictionary<T, int[]> places, int[] all) : FieldLane(all)
    where T : notnull
{
    public override int[] Find(EvaluationContext context)
    {
        T? value;
        try
        {
            value = read(context);
        }
        catch (Exception)
        {
            // Each of the rules meets the same bug in its turn, and its on_error decides.
            return All;
        }

        return value is not null && places.TryGetValue(value, out var found) ? found : [];
    }
}
