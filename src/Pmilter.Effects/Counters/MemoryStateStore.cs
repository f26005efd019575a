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

    private StateTables _tables;
    private bool _hasChanged;

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
        _tables = new StateTables(new StateBounds(exactEvents, exactMembers, maxDeadlines), hash ?? new MemberHash());
    }

    public IReadOnlyList<CounterStatus> Counters => [.. CounterTables.Select(table => table.Status)];

    /// <summary>Something was written since the last snapshot began.</summary>
    public bool HasChanged => Volatile.Read(ref _hasChanged);

    internal StateTables Tables => Volatile.Read(ref _tables);

    internal IEnumerable<CounterTable> CounterTables => Tables.Counters.Values;

    internal IReadOnlyDictionary<string, DeadlineTable> Holds => Tables.Holds;

    internal IReadOnlyDictionary<string, DeadlineTable> Bans => Tables.Bans;

    internal IReadOnlyDictionary<(string Name, string KeyText), GreylistTable> Greylists => Tables.Greylists;

    internal WindowClock Clock => Tables.Clock;

    internal MemberHash Members => Tables.Hash;

    public ValueTask ExecuteAsync(StateBatch batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var tables = Tables;
        var micros = tables.Clock.Read(now);
        var writes = false;
        Span<char> buffer = stackalloc char[StateKey.MaxLength];
        Span<byte> bytes = stackalloc byte[CounterKey.MaxBytes];
        foreach (ref var operation in batch.Operations)
        {
            writes |= operation.Kind is not (StateOperationKind.Read or StateOperationKind.RetryAt or StateOperationKind.FirstAt or StateOperationKind.HoldRead
                or StateOperationKind.BanRead or StateOperationKind.MemoryRead);
            var key = StateKey.Shorten(operation.Key.Span, buffer);
            if (operation.Kind is StateOperationKind.Hit or StateOperationKind.Undo or StateOperationKind.Read
                or StateOperationKind.RetryAt or StateOperationKind.FirstAt or StateOperationKind.Empty)
            {
                Count(ref operation, new CounterKey(key, bytes, tables.Hash), micros);
                continue;
            }

            Execute(ref operation, key, micros);
        }

        if (writes)
        {
            MarkChanged();
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
        var changed = new List<string>();
        var removed = new List<string>();
        var names = inventory.Counters.Select(counter => counter.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var (identity, table) in Tables.Counters)
        {
            if (wanted.TryGetValue(identity, out var definition))
            {
                table.Definition = definition;
                table.Trim(Clock.State.Newest);
                kept.Add(identity.Name);
                continue;
            }

            Tables.Counters.TryRemove(identity, out _);
            (names.Contains(identity.Name) ? changed : removed).Add(identity.Name);
        }

        Volatile.Write(ref _known, []);
        Keep(Tables.Holds, inventory.Holds.Select(hold => hold.Name));
        Keep(Tables.Bans, inventory.Bans.Select(ban => ban.Name));
        Keep(Tables.Memories, inventory.Memories.Select(memory => memory.Name));
        Keep(Tables.Greylists, inventory.Greylists.Select(greylist => (greylist.Name, greylist.KeyText)));
        return new RetainReport(kept, changed, removed);
    }

    /// <summary>Lets go of keys whose events have all left their window. Not needed for correctness: an idle server's memory falls.</summary>
    public void Sweep(DateTimeOffset now)
    {
        var micros = Clock.Read(now);
        foreach (var table in CounterTables)
        {
            table.Sweep(micros);
        }
    }

    /// <summary>After the write, so that a snapshot that begins now is followed by one that has it.</summary>
    internal void MarkChanged()
    {
        // Read first: a line that all threads write to would be slow.
        if (!HasChanged)
        {
            Volatile.Write(ref _hasChanged, true);
        }
    }

    /// <summary>To be called when a snapshot begins.</summary>
    internal void ClearChanged() => Volatile.Write(ref _hasChanged, false);

    /// <summary>What was loaded takes the place of what was here; only before the first use.</summary>
    internal void Adopt(StateTables tables)
    {
        Volatile.Write(ref _tables, tables);
        Volatile.Write(ref _known, []);
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
                operation.Until = Clock.Write(TableOf(operation).RetryAt(key, now, operation.Amount));
                break;
            case StateOperationKind.FirstAt:
                operation.Until = TableOf(operation).FirstAt(key, now) is > 0 and var first ? Clock.Write(first) : default;
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
                operation.Value = HoldsOf(operation).Start(key, now, hold, static (hold, now, _) => now + WindowClock.ToMicros(hold.For), out var held) ? 1 : 0;
                operation.Until = Clock.Write(held.Until);
                break;
            case StateOperationKind.BanRead:
                operation.Until = ReadDeadline(BansOf(operation), key, now);
                break;
            case StateOperationKind.BanAdd:
                var ban = Needed(operation.Ban, operation.Kind);
                operation.Value = BansOf(operation).Start(key, now, ban, BanEnd, out var banned) ? 1 : 0;
                operation.Until = Clock.Write(banned.Until);
                break;
            case StateOperationKind.BanRemove:
                operation.Value = BansOf(operation).Remove(key) ? 1 : 0;
                break;
            case StateOperationKind.MemoryAdd:
                var memory = Needed(operation.Memory, operation.Kind);
                var remembered = MemoriesOf(operation).Extend(key, now, new Deadline(now + WindowClock.ToMicros(memory.For), 0));
                operation.Until = Clock.Write(remembered.Until);
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

        table = Tables.CounterOf(definition);
        table.Definition = definition;
        known.AddOrUpdate(definition, table);
        return table;
    }

    private void Check(ref StateOperation operation, ReadOnlySpan<char> key, long now)
    {
        var greylist = Needed(operation.Greylist, operation.Kind);
        Span<char> buffer = stackalloc char[StateKey.MaxLength];
        var client = StateKey.Shorten(operation.Client.Span, buffer);
        var table = Tables.GreylistOf(greylist.Name, greylist.KeyText);
        var shadow = greylist.AdoptsShadow ? Tables.Greylists.GetValueOrDefault((greylist.Name + GreylistDefinition.ShadowSuffix, greylist.KeyText)) : null;
        var outcome = table.Check(greylist, key, client, now, shadow, out var retryAt);
        operation.Value = (double)outcome;
        operation.Until = outcome == GreylistOutcome.Delayed ? Clock.Write(retryAt) : default;
    }

    private DeadlineTable HoldsOf(in StateOperation operation) => Tables.TableIn(Tables.Holds, Needed(operation.Hold, operation.Kind).Name);

    private DeadlineTable MemoriesOf(in StateOperation operation) => Tables.TableIn(Tables.Memories, Needed(operation.Memory, operation.Kind).Name);

    private DeadlineTable BansOf(in StateOperation operation)
    {
        var ban = Needed(operation.Ban, operation.Kind);
        var table = Tables.TableIn(Tables.Bans, ban.Name);
        table.Entries.KeptAfterEnd = WindowClock.ToMicros(ban.Forget);
        return table;
    }

    private DateTimeOffset ReadDeadline(DeadlineTable table, ReadOnlySpan<char> key, long now) =>
        table.TryRead(key, out var deadline) && deadline.IsRunning(now) ? Clock.Write(deadline.Until) : default;
}
