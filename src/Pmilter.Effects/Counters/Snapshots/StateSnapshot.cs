namespace Pmilter.Effects.Counters.Snapshots;

/// <summary>
/// A <see cref="MemoryStateStore"/> as bytes, so that it outlasts the process. Gauges are not in it: what is open ends with the
/// process. Each table is taken as it is when its turn comes; a hit waits at most for its own shard to be copied, never for the stream.
/// </summary>
public static class StateSnapshot
{
    /// <returns>What was written.</returns>
    public static SnapshotContent Write(MemoryStateStore store, Stream to, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(to);
        store.ClearChanged();
        try
        {
            return new SnapshotWriter(to).Write(store.Tables, now);
        }
        catch
        {
            store.MarkChanged();
            throw;
        }
    }

    /// <summary>Into a store that is not used yet, without what is over by now. All or nothing.</summary>
    /// <param name="from">One that can seek: it is read twice, for its checksum first.</param>
    /// <returns>What was loaded.</returns>
    /// <exception cref="StateSnapshotException">The bytes are no whole snapshot.</exception>
    public static SnapshotContent Read(Stream from, MemoryStateStore store, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(store);
        var (content, tables) = SnapshotReader.Read(from, store.Tables.Bounds, now);
        store.Adopt(tables);
        return content;
    }
}
