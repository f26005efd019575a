using Pmilter.Policies.Evaluation;
using Pmilter.Policies.State;

namespace Pmilter.Rehearsal.Recorded;

/// <summary>State as a recorded decision saw it: its counter stands where it stood, everything else begins empty.</summary>
internal sealed class RecordedStore(IStateStore store, CounterReading? reading) : IStateStore
{
    public async ValueTask ExecuteAsync(StateBatch batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await store.ExecuteAsync(batch, now, cancellationToken).ConfigureAwait(false);
        if (reading is null)
        {
            return;
        }

        foreach (ref var operation in batch.Operations)
        {
            if (operation.Kind is StateOperationKind.Hit or StateOperationKind.Read && operation.Counter?.Name == reading.Name)
            {
                operation.Value = reading.Value;
            }

            // When the recorded events came is not in the log.
            if (operation.Kind == StateOperationKind.FirstAt && operation.Counter?.Name == reading.Name)
            {
                operation.Until = default;
            }
        }
    }
}
