using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Hashing;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Counters.Snapshots;

/// <summary>Fills one section after the other in memory, a shard under its lock, and writes it when no lock is held.</summary>
internal sealed class SnapshotWriter(Stream to)
{
    /// <summary>Where a table is cut into sections.</summary>
    private const int SectionBytes = 1 << 20;

    private readonly XxHash3 _hash = new();
    private readonly SectionBuffer _section = new();
    private int _keys;
    private int _tuples;

    public SnapshotContent Write(StateTables tables, DateTimeOffset now)
    {
        WriteHeader(now);
        var micros = tables.Clock.Read(now);
        WriteStore(tables);
        var counters = tables.Counters.Values.Where(table => table.Definition.Kind != WindowKind.Gauge).ToArray();
        foreach (var table in counters)
        {
            WriteCounter(table, micros);
        }

        var holds = WriteDeadlines(SnapshotSection.Holds, tables.Holds, micros);
        var bans = WriteDeadlines(SnapshotSection.Bans, tables.Bans, micros);
        var memories = WriteDeadlines(SnapshotSection.Memories, tables.Memories, micros);
        foreach (var ((name, keyText), table) in tables.Greylists)
        {
            WriteGreylist(name, keyText, table, micros);
        }

        WriteTrailer();
        return new SnapshotContent(now, counters.Length, _keys, holds, bans, memories, _tuples);
    }

    private void WriteHeader(DateTimeOffset now)
    {
        Span<byte> header = stackalloc byte[SnapshotFormat.HeaderBytes];
        SnapshotFormat.Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], SnapshotFormat.Version);
        BinaryPrimitives.WriteInt64LittleEndian(header[12..], now.UtcTicks);
        Put(header);
    }

    private void WriteStore(StateTables tables)
    {
        var (newest, offset) = tables.Clock.State;
        var (first, second) = tables.Hash.Key;
        _section.Int64(newest);
        _section.Int64(offset);
        _section.UInt64(first);
        _section.UInt64(second);
        WriteSection(SnapshotSection.Store);
    }

    private void WriteCounter(CounterTable table, long now)
    {
        var definition = table.Definition;
        _section.Text(definition.Name);
        _section.Byte((byte)definition.Kind);
        _section.Int64(definition.Window.Ticks);
        _section.Text(definition.KeyText);
        _section.Number((ulong)definition.MaxKeys);
        _section.Number((ulong)definition.MaxMemoryBytes);
        _section.Byte(definition.IsLocal ? (byte)1 : (byte)0);
        _section.Double(definition.HalfFull);
        WriteSection(SnapshotSection.Counter);
        foreach (var shard in table.Shards)
        {
            lock (shard.Gate)
            {
                AddKeys(shard, shard.OldestPlain, table.Shape, now);
                AddKeys(shard, shard.OldestProtected, table.Shape, now);
            }

            WriteSection(SnapshotSection.Keys);
        }
    }

    private void AddKeys(KeyShard shard, int first, WindowShape shape, long now)
    {
        for (var i = first; i >= 0; i = shard.NewerThan(i))
        {
            if (!shard[i].IsOver(shape, now))
            {
                _section.Bytes(shard.KeyAt(i));
                _section.Byte(shard.IsProtected(i) ? (byte)1 : (byte)0);
                shard[i].Save(_section);
                _keys++;
            }
        }
    }

    private int WriteDeadlines(SnapshotSection kind, ConcurrentDictionary<string, DeadlineTable> tables, long now)
    {
        var entries = 0;
        foreach (var (name, table) in tables)
        {
            BeginDeadlines(name, table);
            foreach (var (key, deadline) in table.Entries.Kept(now))
            {
                _section.Text(key);
                _section.Int64(deadline.Until);
                _section.Number((ulong)deadline.Repeats);
                entries++;
                if (_section.Length > SectionBytes)
                {
                    WriteSection(kind);
                    BeginDeadlines(name, table);
                }
            }

            WriteSection(kind);
        }

        return entries;
    }

    private void BeginDeadlines(string name, DeadlineTable table)
    {
        _section.Text(name);
        _section.Int64(table.Entries.KeptAfterEnd);
    }

    private void WriteGreylist(string name, string keyText, GreylistTable table, long now)
    {
        _section.Text(name);
        _section.Text(keyText);
        _section.Int64(table.Began);
        WriteSection(SnapshotSection.Greylist);
        foreach (var (key, tuple) in table.Tuples.Kept(now))
        {
            _section.Text(key);
            _section.Int64(tuple.First);
            _section.Int64(tuple.Until);
            _section.Byte(tuple.HasPassed ? (byte)1 : (byte)0);
            _tuples++;
            WriteIfLong(SnapshotSection.Tuples);
        }

        WriteSection(SnapshotSection.Tuples);
        foreach (var (key, client) in table.Clients.Kept(now))
        {
            _section.Text(key);
            _section.Number((ulong)client.Passes);
            _section.Int64(client.Until);
            WriteIfLong(SnapshotSection.Clients);
        }

        WriteSection(SnapshotSection.Clients);
    }

    private void WriteIfLong(SnapshotSection kind)
    {
        if (_section.Length > SectionBytes)
        {
            WriteSection(kind);
        }
    }

    private void WriteSection(SnapshotSection kind)
    {
        if (_section.Length > 0)
        {
            Span<byte> header = stackalloc byte[SnapshotFormat.SectionHeaderBytes];
            header[0] = (byte)kind;
            BinaryPrimitives.WriteInt32LittleEndian(header[1..], _section.Length);
            Put(header);
            Put(_section.Written);
            _section.Clear();
        }
    }

    private void WriteTrailer()
    {
        Put(SnapshotFormat.End);
        Span<byte> hash = stackalloc byte[SnapshotFormat.HashBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(hash, _hash.GetCurrentHashAsUInt64());
        to.Write(hash);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        _hash.Append(bytes);
        to.Write(bytes);
    }
}
