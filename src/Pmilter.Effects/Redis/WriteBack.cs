using Pmilter.Policies.State;

namespace Pmilter.Effects.Redis;

/// <summary>
/// Holds, bans, memories and undos of the time without Redis, for when it is back; the newest of each key. Bounded: what comes beyond is
/// not written back, and stands in this process alone.
/// </summary>
internal sealed class WriteBack
{
    private const int MostEntries = 10_000;
    private const int BatchEntries = 200;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Kind, string Name, string Key, long Stamp), StateOperation> _kept = [];

    /// <summary>Takes what must not be lost from a batch with local answers.</summary>
    public void Add(StateBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            ref var operation = ref batch[i];
            var (kind, name) = operation.Kind switch
            {
                StateOperationKind.HoldStart => ("hold", operation.Hold!.Name),

                // One that ran already is Redis's to know: an operator may have lifted it there meanwhile.
                StateOperationKind.BanAdd when operation.Value > 0 => ("ban", operation.Ban!.Name),
                StateOperationKind.BanRemove => ("ban", operation.Ban!.Name),
                StateOperationKind.MemoryAdd => ("memory", operation.Memory!.Name),
                StateOperationKind.Undo when operation is { Counter.IsLocal: false, Stamp: not 0 } => ("undo", operation.Counter.Name),
                _ => (string.Empty, string.Empty),
            };
            if (kind.Length == 0)
            {
                continue;
            }

            var key = (kind, name, operation.Key.ToString(), kind == "undo" ? operation.Stamp : 0);
            lock (_gate)
            {
                if (_kept.Count < MostEntries || _kept.ContainsKey(key))
                {
                    _kept[key] = operation with { Key = key.Item3.AsMemory() };
                }
            }
        }
    }

    /// <summary>Some of them, as what is left of them now; empty when there is nothing more.</summary>
    public StateBatch Take(DateTimeOffset now)
    {
        var batch = new StateBatch();
        lock (_gate)
        {
            foreach (var (key, operation) in _kept)
            {
                if (batch.Count == BatchEntries)
                {
                    break;
                }

                _kept.Remove(key);
                if (Rest(operation, now) is { } rest)
                {
                    batch.Add(rest);
                }
            }
        }

        return batch;
    }

    /// <summary>They could not be written after all.</summary>
    public void Return(StateBatch batch) => Add(batch);

    /// <summary>Null when it is over.</summary>
    private static StateOperation? Rest(in StateOperation operation, DateTimeOffset now)
    {
        if (operation.Kind is StateOperationKind.Undo or StateOperationKind.BanRemove)
        {
            return operation;
        }

        var rest = operation.Until == DateTimeOffset.MaxValue ? (TimeSpan?)null : operation.Until - now;
        if (rest <= TimeSpan.Zero)
        {
            return null;
        }

        return operation.Kind switch
        {
            StateOperationKind.HoldStart => operation with { Hold = operation.Hold! with { For = rest ?? TimeSpan.Zero } },
            StateOperationKind.BanAdd => operation with { Ban = operation.Ban! with { Steps = [rest] } },
            _ => operation with { Memory = operation.Memory! with { For = rest ?? TimeSpan.Zero } },
        };
    }
}
