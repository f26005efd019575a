using Pmilter.Policies.State;

namespace Pmilter.Effects.Redis;

/// <summary>
/// The operations of a batch that go to Redis, with keys of their own: an answer that comes too late must find nothing that has been
/// reused meanwhile.
/// </summary>
internal sealed class SharedBatch(StateBatch batch, List<int> places)
{
    public StateBatch Batch => batch;

    /// <summary>Null when none does.</summary>
    /// <param name="keepsStamps">Hits keep the stamps that the local store has given them.</param>
    public static SharedBatch? Of(StateBatch from, bool keepsStamps)
    {
        StateBatch? shared = null;
        var places = new List<int>(from.Count);
        for (var i = 0; i < from.Count; i++)
        {
            ref var operation = ref from[i];
            if (operation.Counter is { IsLocal: true } || (operation.Kind == StateOperationKind.Undo && operation.Stamp == 0))
            {
                continue;
            }

            var copy = operation with { Key = operation.Key.ToArray(), Client = operation.Client.ToArray() };
            copy.Stamp = operation.Kind != StateOperationKind.Hit || keepsStamps ? operation.Stamp : 0;
            (shared ??= new StateBatch()).Add(copy);
            places.Add(i);
        }

        return shared is null ? null : new SharedBatch(shared, places);
    }

    /// <summary>Redis's answers are the caller's; what they say of others' doing is noted locally.</summary>
    public void CopyTo(StateBatch to, SharedKnowledge knowledge, DateTimeOffset now, bool isWarm)
    {
        for (var i = 0; i < places.Count; i++)
        {
            ref var from = ref batch[i];
            ref var operation = ref to[places[i]];
            if (isWarm)
            {
                knowledge.Note(from, operation, now);
            }
            else
            {
                operation.Stamp = from.Stamp;
            }

            operation.Value = from.Value;
            operation.Until = from.Until;
        }
    }
}

/// <summary>The operations of a batch on counters with <c>scope: local</c>.</summary>
internal sealed class LocalBatch(StateBatch batch, List<int> places)
{
    public StateBatch Batch => batch;

    /// <summary>Null when there is none.</summary>
    public static LocalBatch? Of(StateBatch from)
    {
        StateBatch? local = null;
        var places = new List<int>();
        for (var i = 0; i < from.Count; i++)
        {
            if (from[i].Counter is { IsLocal: true })
            {
                (local ??= new StateBatch()).Add(from[i]);
                places.Add(i);
            }
        }

        return local is null ? null : new LocalBatch(local, places);
    }

    public void CopyTo(StateBatch to)
    {
        for (var i = 0; i < places.Count; i++)
        {
            to[places[i]] = batch[i];
        }
    }
}
