using System.Collections.Concurrent;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Counters.Snapshots;

/// <summary>Fills tables that nobody uses yet, section by section.</summary>
internal sealed class SnapshotLoad(StateBounds bounds, DateTimeOffset now)
{
    private StateTables? _tables;
    private CounterTable? _counter;
    private GreylistTable? _greylist;
    private long _now;

    private StateTables Tables => _tables ?? throw StateSnapshotException.Damaged("a section before the store's own");

    public void Take(SnapshotSection kind, SectionReader from)
    {
        switch (kind)
        {
            case SnapshotSection.Store when _tables is null:
                LoadStore(from);
                break;
            case SnapshotSection.Counter:
                LoadCounter(from);
                break;
            case SnapshotSection.Keys:
                LoadKeys(from, _counter ?? throw StateSnapshotException.Damaged("keys without a counter"));
                break;
            case SnapshotSection.Holds:
                LoadDeadlines(from, Tables.Holds);
                break;
            case SnapshotSection.Bans:
                LoadDeadlines(from, Tables.Bans);
                break;
            case SnapshotSection.Memories:
                LoadDeadlines(from, Tables.Memories);
                break;
            case SnapshotSection.Greylist:
                LoadGreylist(from);
                break;
            case SnapshotSection.Tuples:
                LoadTuples(from, (_greylist ?? throw StateSnapshotException.Damaged("tuples without a greylist")).Tuples);
                break;
            case SnapshotSection.Clients:
                LoadClients(from, (_greylist ?? throw StateSnapshotException.Damaged("clients without a greylist")).Clients);
                break;
            default:
                throw StateSnapshotException.Damaged($"a section of kind {(byte)kind}");
        }
    }

    public (SnapshotContent Content, StateTables Tables) End(DateTimeOffset created)
    {
        foreach (var table in Tables.Counters.Values)
        {
            table.Trim(_now);
        }

        var content = new SnapshotContent(
            created,
            Tables.Counters.Count,
            Tables.Counters.Values.Sum(table => table.Status.Keys),
            Tables.Holds.Values.Sum(table => table.Entries.Count),
            Tables.Bans.Values.Sum(table => table.Entries.Count),
            Tables.Memories.Values.Sum(table => table.Entries.Count),
            Tables.Greylists.Values.Sum(table => table.Tuples.Count));
        return (content, Tables);
    }

    private void LoadStore(SectionReader from)
    {
        var (newest, offset) = (from.Int64(), from.Int64());
        _tables = new StateTables(bounds, new MemberHash(from.UInt64(), from.UInt64()));
        _tables.Clock.Restore(newest, offset);
        _now = _tables.Clock.Read(now);
    }

    private void LoadCounter(SectionReader from)
    {
        var name = from.Text();
        var kind = (WindowKind)from.Byte();
        var window = from.Int64();
        var definition = new CounterDefinition(
            name, kind, TimeSpan.FromTicks(window), from.Text(), from.Int32(), (long)Math.Min(from.Number(), long.MaxValue), from.Byte() != 0, from.Double());
        if (kind is not (WindowKind.Count or WindowKind.Sum or WindowKind.Distinct) || window is <= 0 or > TimeSpan.TicksPerDay * 366)
        {
            throw StateSnapshotException.Damaged($"the counter {name}");
        }

        _counter = Tables.CounterOf(definition);
    }

    private void LoadKeys(SectionReader from, CounterTable counter)
    {
        while (!from.IsAtEnd)
        {
            var key = new CounterKey(from.Key(), Tables.Hash);
            var isProtected = from.Byte() != 0;
            var window = counter.NewWindow();
            window.Load(ref from, counter.Shape, _now);
            if (!window.IsOver(counter.Shape, _now))
            {
                counter.Add(key, window, isProtected);
            }
        }
    }

    private void LoadDeadlines(SectionReader from, ConcurrentDictionary<string, DeadlineTable> tables)
    {
        var entries = Tables.TableIn(tables, from.Text()).Entries;
        entries.KeptAfterEnd = Math.Max(from.Int64(), 0);
        while (!from.IsAtEnd)
        {
            Keep(entries, from.Text(), new Deadline(from.Int64(), from.Int32()));
        }
    }

    private void LoadGreylist(SectionReader from)
    {
        _greylist = Tables.GreylistOf(from.Text(), from.Text());
        _greylist.Began = from.Int64();
    }

    private void LoadTuples(SectionReader from, ExpiringTable<GreylistTuple> tuples)
    {
        while (!from.IsAtEnd)
        {
            Keep(tuples, from.Text(), new GreylistTuple(from.Int64(), from.Int64(), from.Byte() != 0));
        }
    }

    private void LoadClients(SectionReader from, ExpiringTable<GreylistClient> clients)
    {
        while (!from.IsAtEnd)
        {
            Keep(clients, from.Text(), new GreylistClient(from.Int32(), from.Int64()));
        }
    }

    private void Keep<T>(ExpiringTable<T> table, string key, T entry)
        where T : struct, IExpiring
    {
        if (!table.IsForgotten(entry, _now))
        {
            table.Set(key, entry, _now);
        }
    }
}
