using Pmilter.Effects.Counters.Snapshots;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Counters.HandOver;

/// <summary>Does here what the last sessions of the process before ask of its state, one batch after the other.</summary>
/// <param name="inForce">What the policies in force ask for: counters that are the same have its bounds.</param>
public sealed class StateReceiver(IStateStore store, Func<StateInventory> inForce)
{
    private readonly BatchReader _reader = new(inForce);

    /// <summary>Until the other side has ended.</summary>
    /// <exception cref="IOException">The connection broke, or what came cannot be read.</exception>
    public async Task RunAsync(Stream predecessor, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(predecessor);
        var batch = new StateBatch();
        var answer = new SectionBuffer();
        while (await HandOverFrames.ReadAsync(predecessor, stop).ConfigureAwait(false) is { } request)
        {
            try
            {
                var now = _reader.ReadRequest(request, batch);
                await store.ExecuteAsync(batch, now, stop).ConfigureAwait(false);
            }
            catch (Exception error) when (error is StateSnapshotException or ArgumentException or StateStoreException)
            {
                throw new IOException($"What the process before has asked for cannot be done: {error.Message}", error);
            }

            answer.Clear();
            BatchWriter.WriteResults(answer, batch);
            await HandOverFrames.WriteAsync(predecessor, answer, stop).ConfigureAwait(false);
        }
    }
}
