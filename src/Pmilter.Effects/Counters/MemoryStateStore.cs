using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Counters;

/// <summary>
/// Counters, holds, bans, memories and greylists in this process. Safe for all threads; a hit locks one shard of one counter, a read of a hold or ban
/// nothing; a hit of a known key allocates nothing. Times are kept in whole microseconds. Counters are the same when name, kind,
/// window and key are: other bounds take effect at once. Holds and bans are the same when their name is, and keep the ends they got.
/// </summary>
public sealed class MemoryStateStore : IStateStore
{
    private const int DefaultMaxDeadlines = 1_000_000;

    private readonly ConcurrentDictionary<CounterIdentity, CounterTable> _counters = new();
    private readonly ConcurrentDictionary<string, DeadlineTable> _holds = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DeadlineTable> _bans = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DeadlineTable> _memories = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Name, string KeyText), GreylistTable> _greylists = new();
    private readonly WindowClock _clock = new();
    private readonly MemberHash _members;
    private readonly int _exactEvents;
    private readonly int _exactMembers;
    private readonly int _maxDeadlines;

    /// <summary>By reference: the definitions of a policy set live as long as it does.</summary>
    private ConditionalWeakTable<CounterDefinition, CounterTable> _known = [];

    public MemoryStateStore()
        : this(WindowShape.DefaultExactEvents, WindowShape.DefaultExactMembers, DefaultMaxDeadlines)
    {
    }

    /// <summary>Small exact regions, so that tests reach what lies beyond.</summary>
    /// <param name="hash">A fixed one makes samples repeatable; null for one that nobody can guess.</param>
    internal MemoryStateStore(int exactEvents, int exactMembers, int maxDeadlines = DefaultMaxDeadlines, MemberHash? hash = null)
    {
        _members = hash ?? new MemberHash();
        _exactEvents = exactEvents;
        _exactMembers = exactMembers;
        _maxDeadlines = maxDeadlines;
    }

    public IReadOnlyList<CounterStatus> Counters => [.. _counters.Values.Select(table => table.Status)];

    internal IEnumerable<CounterTable> CounterTables => _counters.Values;

    internal IReadOnlyDictionary<string, DeadlineTable> Holds => _holds;

    internal IReadOnlyDictionary<string, DeadlineTable> Bans => _bans;

    internal IReadOnlyDictionary<(string Name, string KeyText), GreylistTable> Greylists => _greylists;

    internal WindowClock Clock => _clock;

    internal MemberHash Members => _members;

    public ValueTask ExecuteAsync(StateBatch batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var micros = _clock.Read(now);
        Span<char> buffer = stackalloc char[StateKey.MaxLength];
        Span<byte> bytes = stackalloc byte[CounterKey.MaxBytes];
        foreach (ref var operation in batch.Operations)
        {
            var key = StateKey.Shorten(operation.Key.Span, buffer);
            if (operation.Kind is StateOperationKind.Hit or StateOperationKind.Undo or StateOperationKind.Read
                or StateOperationKind.RetryAt or StateOperationKind.Empty)
            {
                Count(ref operation, new CounterKey(key, bytes, _members), micros);
                continue;
            }

            Execute(ref operation, key, micros);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Forgets what no definition names any more; to be called when a policy set has taken over.</summary>
    public RetainReport Retain(StateInventory inventory)
    {
        ArgumentNullException.ThrowIfNull(inventory);
        var wanted = new Dictionary<CounterIdentity, CounterDefinition>();
        foreach (var definition in inventory.Counters)
        {
            wanted[CounterIdentity.Of(definition)] = definition;
        }

        var kept = new List<string>();
        var dropped = new List<string>();
        foreach (var (identity, table) in _counters)
        {
            if (wanted.TryGetValue(identity, out var definition))
            {
                table.Definition = definition;
                kept.Add(identity.Name);
                continue;
            }

            _counters.TryRemove(identity, out _);
            dropped.Add(identity.Name);
        }

        Volatile.Write(ref _known, []);
        Keep(_holds, inventory.Holds.Select(hold => hold.Name));
        Keep(_bans, inventory.Bans.Select(ban => ban.Name));
        Keep(_memories, inventory.Memories.Select(memory => memory.Name));
        Keep(_greylists, inventory.Greylists.Select(greylist => (greylist.Name, greylist.KeyText)));
        return new RetainReport(kept, dropped);
    }

    /// <summary>Lets go of keys whose events have all left their window. Not needed for correctness: an idle server's memory falls.</summary>
    public void Sweep(DateTimeOffset now)
    {
        var micros = _clock.Read(now);
        foreach (var table in _counters.Values)
        {
            table.Sweep(micros);
        }
    }

    private static T Needed<T>(T? definition, StateOperationKind kind)
        where T : class =>
        definition ?? throw new ArgumentException($"The operation {kind} lacks its {typeof(T).Name}.", nameof(definition));

    private static void Keep<TName, TTable>(ConcurrentDictionary<TName, TTable> tables, IEnumerable<TName> names)
        where TName : notnull
    {
        var wanted = names.ToHashSet();
        foreach (var name in tables.Keys.Where(name => !wanted.Contains(name)))
        {
            tables.TryRemove(name, out _);
        }
    }

    private static long BanEnd(BanDefinition ban, long now, int repeats)
    {
        var step = ban.Steps[Math.Min(repeats, ban.Steps.Count - 1)];
        return step is { } span ? now + WindowClock.ToMicros(span) : long.MaxValue;
    }

    private void Count(ref StateOperation operation, CounterKey key, long now)
    {
        switch (operation.Kind)
        {
            case StateOperationKind.Hit:
                TableOf(operation).Hit(ref operation, key, now);
                break;
            case StateOperationKind.Undo:
                TableOf(operation).Undo(ref operation, key, now);
                break;
            case StateOperationKind.Read:
                operation.Value = TableOf(operation).Read(key, now);
                break;
            case StateOperationKind.RetryAt:
                operation.Until = _clock.Write(TableOf(operation).RetryAt(key, now, operation.Amount));
                break;
            default:
                TableOf(operation).Empty(key);
                break;
        }
    }

    private void Execute(ref StateOperation operation, ReadOnlySpan<char> key, long now)
    {
        switch (operation.Kind)
        {
            case StateOperationKind.HoldRead:
                operation.Until = ReadDeadline(HoldsOf(operation), key, now);
                break;
            case StateOperationKind.HoldStart:
                var hold = Needed(operation.Hold, operation.Kind);
                HoldsOf(operation).Start(key, now, hold, static (hold, now, _) => now + WindowClock.ToMicros(hold.For), out var held);
                operation.Until = _clock.Write(held.Until);
                break;
            case StateOperationKind.BanRead:
                operation.Until = ReadDeadline(BansOf(operation), key, now);
                break;
            case StateOperationKind.BanAdd:
                var ban = Needed(operation.Ban, operation.Kind);
                operation.Value = BansOf(operation).Start(key, now, ban, BanEnd, out var banned) ? 1 : 0;
                operation.Until = _clock.Write(banned.Until);
                break;
            case StateOperationKind.BanRemove:
                operation.Value = BansOf(operation).Remove(key) ? 1 : 0;
                break;
            case StateOperationKind.MemoryAdd:
                var memory = Needed(operation.Memory, operation.Kind);
                var remembered = MemoriesOf(operation).Extend(key, now, new Deadline(now + WindowClock.ToMicros(memory.For), 0));
                operation.Until = _clock.Write(remembered.Until);
                break;
            case StateOperationKind.MemoryRead:
                operation.Until = ReadDeadline(MemoriesOf(operation), key, now);
                break;
            case StateOperationKind.GreylistCheck:
                Check(ref operation, key, now);
                break;
            default:
                throw new ArgumentException($"Unknown operation {operation.Kind}.", nameof(operation));
        }
    }

    private CounterTable TableOf(in StateOperation operation)
    {
        var definition = Needed(operation.Counter, operation.Kind);
        var known = Volatile.Read(ref _known);
        if (known.TryGetValue(definition, out var table))
        {
            return table;
        }

        table = _counters.GetOrAdd(
            CounterIdentity.Of(definition),
            static (_, state) => new CounterTable(
                state.definition, new WindowShape(state.definition.Window, state.self._exactEvents, state.self._exactMembers), state.self._members),
            (definition, self: this));
        table.Definition = definition;
        known.AddOrUpdate(definition, table);
        return table;
    }

    private void Check(ref StateOperation operation, ReadOnlySpan<char> key, long now)
    {
        var greylist = Needed(operation.Greylist, operation.Kind);
        Span<char> buffer = stackalloc char[StateKey.MaxLength];
        var client = StateKey.Shorten(operation.Client.Span, buffer);
        var table = _greylists.GetOrAdd((greylist.Name, greylist.KeyText), static (_, max) => new GreylistTable(max), _maxDeadlines);
        var shadow = greylist.AdoptsShadow ? _greylists.GetValueOrDefault((greylist.Name + GreylistDefinition.ShadowSuffix, greylist.KeyText)) : null;
        var outcome = table.Check(greylist, key, client, now, shadow, out var retryAt);
        operation.Value = (double)outcome;
        operation.Until = outcome == GreylistOutcome.Delayed ? _clock.Write(retryAt) : default;
    }

    private DeadlineTable HoldsOf(in StateOperation operation) => TableIn(_holds, Needed(operation.Hold, operation.Kind).Name);

    private DeadlineTable MemoriesOf(in StateOperation operation) => TableIn(_memories, Needed(operation.Memory, operation.Kind).Name);

    private DeadlineTable TableIn(ConcurrentDictionary<string, DeadlineTable> tables, string name) =>
        tables.GetOrAdd(name, static (_, max) => new DeadlineTable(max), _maxDeadlines);

    private DeadlineTable BansOf(in StateOperation operation)
    {
        var ban = Needed(operation.Ban, operation.Kind);
        var table = TableIn(_bans, ban.Name);
        table.Entries.KeptAfterEnd = WindowClock.ToMicros(ban.Forget);
        return table;
    }

    private DateTimeOffset ReadDeadline(DeadlineTable table, ReadOnlySpan<char> key, long now) =>
        table.TryRead(key, out var deadline) && deadline.IsRunning(now) ? _clock.Write(deadline.Until) : default;

    /// <summary>What makes two definitions one counter.</summary>
    private sealed record CounterIdentity(string Name, WindowKind Kind, TimeSpan Window, string KeyText)
    {
        public static CounterIdentity Of(CounterDefinition definition) =>
            new(definition.Name, definition.Kind, definition.Window, definition.KeyText);
    }
}
