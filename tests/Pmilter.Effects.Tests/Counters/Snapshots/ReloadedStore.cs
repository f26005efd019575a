using Pmilter.Effects.Counters;
using Pmilter.Effects.Counters.Snapshots;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Tests.Counters.Snapshots;

/// <summary>
/// A memory store that is saved, and loaded into a new one, between operations: every third at first, and less often as it grows, so
/// that a large store is not saved for each of its keys. Gauges are not kept by a snapshot: they have a store that lives on.
/// </summary>
internal sealed class ReloadedStore(int exactEvents, int exactMembers) : IStateStore
{
    private const int SmallestPause = 3;
    private const int BytesAnOperation = 256;

    private readonly MemoryStateStore _gauges = NewStore(exactEvents, exactMembers);
    private MemoryStateStore _store = NewStore(exactEvents, exactMembers);
    private int _pause;

    public int Reloads { get; private set; }

    public ValueTask ExecuteAsync(StateBatch batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (batch.Count > 0 && batch[0].Counter is { Kind: WindowKind.Gauge })
        {
            return _gauges.ExecuteAsync(batch, now, cancellationToken);
        }

        if (_pause-- <= 0)
        {
            Reload(now);
        }

        return _store.ExecuteAsync(batch, now, cancellationToken);
    }

    private static MemoryStateStore NewStore(int exactEvents, int exactMembers) => new(exactEvents, exactMembers, hash: MemoryStores.Hash);

    private void Reload(DateTimeOffset now)
    {
        using var bytes = new MemoryStream();
        StateSnapshot.Write(_store, bytes, now);
        _store = NewStore(exactEvents, exactMembers);
        StateSnapshot.Read(bytes, _store, now);
        _pause = Math.Max(SmallestPause, (int)bytes.Length / BytesAnOperation);
        Reloads++;
    }
}
