namespace Pmilter.Effects.Counters;

/// <summary>Looks into a <see cref="MemoryStateStore"/>; every answer is there at once.</summary>
public sealed class MemoryStateView(MemoryStateStore store) : IStateView
{
    public ValueTask<IReadOnlyList<CounterStatus>> CountersAsync(CancellationToken cancellationToken) =>
        new([.. store.Counters.OrderBy(counter => counter.Definition.Name, StringComparer.Ordinal)]);

    public ValueTask<IReadOnlyList<KeyCount>> TopAsync(string counter, int count, DateTimeOffset now, CancellationToken cancellationToken) =>
        new(Top(counter, count, now));

    public ValueTask<KeyCount?> FindAsync(string counter, string key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Span<char> buffer = stackalloc char[StateKey.MaxLength];
        var text = new CounterKey(StateKey.Shorten(key, buffer), stackalloc byte[CounterKey.MaxBytes], store.Members);
        foreach (var table in TablesOf(counter))
        {
            if (table.Find(text, store.Clock.Read(now)) is { } found)
            {
                return new(found);
            }
        }

        return new((KeyCount?)null);
    }

    public ValueTask<int> ResetAsync(string counter, string? key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var micros = store.Clock.Read(now);
        Span<byte> bytes = stackalloc byte[CounterKey.MaxBytes];
        var reset = 0;
        foreach (var table in TablesOf(counter))
        {
            var keys = new List<string>();
            table.Collect(micros, found => keys.Add(found.Key));
            foreach (var each in keys.Where(each => key is null || StateKey.Shorten(key, new char[StateKey.MaxLength]).SequenceEqual(each)))
            {
                table.Empty(new CounterKey(each, bytes, store.Members));
                reset++;
            }
        }

        store.MarkChanged();
        return new(reset);
    }

    public ValueTask<IReadOnlyList<RunningDeadline>> HoldsAsync(DateTimeOffset now, CancellationToken cancellationToken) => new(Running(store.Holds, now));

    public ValueTask<IReadOnlyList<RunningDeadline>> BansAsync(DateTimeOffset now, CancellationToken cancellationToken) => new(Running(store.Bans, now));

    public ValueTask<bool> LiftHoldAsync(string hold, string key, DateTimeOffset now, CancellationToken cancellationToken) => new(Lift(store.Holds, hold, key));

    public ValueTask<bool> LiftBanAsync(string ban, string key, DateTimeOffset now, CancellationToken cancellationToken) => new(Lift(store.Bans, ban, key));

    public ValueTask<IReadOnlyList<GreylistStatus>> GreylistsAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var micros = store.Clock.Read(now);
        return new([.. store.Greylists
            .Select(entry => new GreylistStatus(
                entry.Key.Name,
                entry.Value.Tuples.Running(micros).Count(tuple => !tuple.Value.HasPassed),
                entry.Value.Tuples.Running(micros).Count(tuple => tuple.Value.HasPassed),
                entry.Value.Clients.Running(micros).Count()))
            .OrderBy(greylist => greylist.Name, StringComparer.Ordinal)]);
    }

    public ValueTask<IReadOnlyList<GreylistEntry>> GreylistAsync(
        string greylist, string? contains, int count, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var micros = store.Clock.Read(now);
        var tables = store.Greylists.Where(entry => string.Equals(entry.Key.Name, greylist, StringComparison.Ordinal)).Select(entry => entry.Value).ToArray();
        var tuples = tables.SelectMany(table => table.Tuples.Running(micros)).Select(tuple => new GreylistEntry(
            tuple.Key, tuple.Value.HasPassed ? "passed" : "waiting", store.Clock.Write(tuple.Value.First), store.Clock.Write(tuple.Value.Until), 0));
        var clients = tables.SelectMany(table => table.Clients.Running(micros)).Select(client => new GreylistEntry(
            client.Key, "client", default, store.Clock.Write(client.Value.Until), client.Value.Passes));
        return new([.. tuples.Concat(clients)
            .Where(entry => contains is null || entry.Key.Contains(contains, StringComparison.OrdinalIgnoreCase))
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Take(count)]);
    }

    public IReadOnlyList<KeyCount> Top(string counter, int count, DateTimeOffset now)
    {
        var queue = new PriorityQueue<KeyCount, double>();
        foreach (var table in TablesOf(counter))
        {
            table.Collect(store.Clock.Read(now), key =>
            {
                queue.Enqueue(key, key.Value);
                if (queue.Count > count)
                {
                    queue.Dequeue();
                }
            });
        }

        return [.. queue.UnorderedItems.Select(item => item.Element).OrderByDescending(key => key.Value).ThenBy(key => key.Key, StringComparer.Ordinal)];
    }

    public IReadOnlyList<RunningDeadline> RunningHolds(DateTimeOffset now) => Running(store.Holds, now);

    public IReadOnlyList<RunningDeadline> RunningBans(DateTimeOffset now) => Running(store.Bans, now);

    private bool Lift(IReadOnlyDictionary<string, DeadlineTable> tables, string name, string key)
    {
        Span<char> buffer = stackalloc char[StateKey.MaxLength];
        var isLifted = tables.TryGetValue(name, out var table) && table.Remove(StateKey.Shorten(key, buffer));
        store.MarkChanged();
        return isLifted;
    }

    private IEnumerable<CounterTable> TablesOf(string counter) =>
        store.CounterTables.Where(table => string.Equals(table.Definition.Name, counter, StringComparison.Ordinal));

    private List<RunningDeadline> Running(IReadOnlyDictionary<string, DeadlineTable> tables, DateTimeOffset now)
    {
        var running =
            from table in tables
            from entry in table.Value.Entries.Running(store.Clock.Read(now))
            select new RunningDeadline(table.Key, entry.Key, store.Clock.Write(entry.Value.Until), entry.Value.Repeats);
        return [.. running.OrderBy(entry => entry.Name, StringComparer.Ordinal).ThenBy(entry => entry.Key, StringComparer.Ordinal)];
    }
}
