using Pmilter.Policies.State;

namespace Pmilter.Policies.Evaluation.Tracing;

/// <summary>Asks the store for what only explanations tell: when the oldest event came that a limit counts.</summary>
internal static class FirstEvent
{
    /// <summary>Null when the event was not counted, or nobody knows.</summary>
    public static async ValueTask<DateTimeOffset?> ReadAsync(EventRun run, LimitNode? limit, CounterReading? counted)
    {
        if (limit is null || counted is null)
        {
            return null;
        }

        var bound = limit.Counter.Bound;
        var batch = new StateBatch();
        batch.Add(new StateOperation
        {
            Kind = StateOperationKind.FirstAt,
            Counter = run.Context.IsShadow ? bound.ShadowDefinition : bound.Definition,
            Key = counted.Key.AsMemory(),
        });
        return await run.ExecuteAsync(batch).ConfigureAwait(false) && batch[0].Until != default ? batch[0].Until : null;
    }
}
