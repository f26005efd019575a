using Pmilter.Policies.State;

namespace Pmilter.Effects.Counters;

/// <summary>
/// All keys of one counter, in shards. Idle keys go when new ones come (two looks at the least recently used of the shard: no
/// scan) and with <see cref="Sweep"/>; a table over its bounds evicts the least recently used key that is not over half full.
/// Holds and bans have tables of their own, so an evicted key stays held or banned.
/// </summary>
internal sealed class CounterTable
{
    /// <summary>Entry, bucket and their slack.</summary>
    private const int EntryBytes = 42;

    private const int MaxShards = 256;
    private const int KeysPerShard = 1024;

    /// <summary>The bits of a hash that choose the shard; those below choose the bucket.</summary>
    private const int ShardShift = 23;

    private readonly WindowShape _shape;
    private readonly MemberHash _members;
    private readonly KeyShard[] _shards;
    private CounterDefinition _definition;
    private int _keys;
    private long _bytes;
    private long _evictions;

    public CounterTable(CounterDefinition definition, WindowShape shape, MemberHash members)
    {
        _definition = definition;
        _shape = shape;
        _members = members;
        var shards = 1;
        while (shards < MaxShards && shards * 2 * KeysPerShard <= definition.MaxKeys)
        {
            shards *= 2;
        }

        _shards = new KeyShard[shards];
        for (var i = 0; i < shards; i++)
        {
            _shards[i] = new KeyShard();
        }
    }

    /// <summary>The newest definition: its bounds hold, its identity never changes.</summary>
    public CounterDefinition Definition
    {
        get => Volatile.Read(ref _definition);
        set => Volatile.Write(ref _definition, value);
    }

    public CounterStatus Status => new(Definition, Volatile.Read(ref _keys), Volatile.Read(ref _bytes), Volatile.Read(ref _evictions));

    public WindowShape Shape => _shape;

    /// <summary>For snapshots; each is used under its gate.</summary>
    public IReadOnlyList<KeyShard> Shards => _shards;

    public void Hit(ref StateOperation operation, CounterKey key, long now)
    {
        var member = Definition.Kind == WindowKind.Distinct ? _members.Of(operation.Member) : 0;
        var shard = ShardOf(key.Hash);
        KeyWindow window;
        int change;
        bool isNew;
        lock (shard.Gate)
        {
            var index = shard.Find(key);
            isNew = index < 0;
            window = isNew ? NewWindow() : shard[index];
            change = isNew ? 0 : -window.Bytes;
            operation.Value = window.Hit(_shape, now, operation.Amount, member, out var stamp);
            operation.Stamp = stamp;
            change += window.Bytes;
            if (isNew)
            {
                change += KeyBytes(key.Bytes.Length);
                DropOver(shard, now, 2);
                index = shard.Add(key, window);
                Interlocked.Increment(ref _keys);
            }

            shard.Touch(index, IsProtected(operation.Value));
        }

        if (change != 0)
        {
            Interlocked.Add(ref _bytes, change);
        }

        if (isNew || change > 0)
        {
            MakeRoom(key.Hash, window, now);
        }
    }

    public void Undo(ref StateOperation operation, CounterKey key, long now)
    {
        var shard = ShardOf(key.Hash);
        lock (shard.Gate)
        {
            var index = shard.Find(key);
            if (index < 0)
            {
                operation.Value = 0;
                return;
            }

            var window = shard[index];
            var before = window.Bytes;
            window.Undo(_shape, now, operation.Stamp, operation.Amount);
            operation.Value = window.Read(_shape, now);
            Interlocked.Add(ref _bytes, window.Bytes - before);
            if (Definition.Kind == WindowKind.Gauge && operation.Value <= 0)
            {
                Drop(shard, index);
            }
        }
    }

    public double Read(CounterKey key, long now)
    {
        var shard = ShardOf(key.Hash);
        lock (shard.Gate)
        {
            var index = shard.Find(key);
            return index < 0 ? 0 : Measured(shard[index], now);
        }
    }

    public long RetryAt(CounterKey key, long now, double amount)
    {
        var shard = ShardOf(key.Hash);
        lock (shard.Gate)
        {
            var index = shard.Find(key);
            return index < 0 ? now : shard[index].RetryAt(_shape, now, amount);
        }
    }

    /// <summary>0 when nothing is counted now.</summary>
    public long FirstAt(CounterKey key, long now)
    {
        var shard = ShardOf(key.Hash);
        lock (shard.Gate)
        {
            var index = shard.Find(key);
            return index < 0 ? 0 : shard[index].FirstAt(_shape, now);
        }
    }

    /// <summary>Null when nothing is counted now.</summary>
    public KeyCount? Find(CounterKey key, long now)
    {
        var shard = ShardOf(key.Hash);
        lock (shard.Gate)
        {
            var index = shard.Find(key);
            return index >= 0 && Measured(shard[index], now) is > 0 and var value ? new KeyCount(StateKeyBytes.Decode(key.Bytes), value, shard[index].IsExact) : null;
        }
    }

    /// <summary>The key stays with no events: its stamps must go on growing, so that a late undo finds nothing.</summary>
    public void Empty(CounterKey key)
    {
        var shard = ShardOf(key.Hash);
        lock (shard.Gate)
        {
            var index = shard.Find(key);
            if (index < 0)
            {
                return;
            }

            var window = shard[index];
            var before = window.Bytes;
            window.Empty();
            Interlocked.Add(ref _bytes, window.Bytes - before);
        }
    }

    public void Sweep(long now)
    {
        foreach (var shard in _shards)
        {
            lock (shard.Gate)
            {
                DropOver(shard, now, int.MaxValue);
            }
        }
    }

    /// <summary>A key that a snapshot brings, as the most recently used.</summary>
    public void Add(CounterKey key, KeyWindow window, bool isProtected)
    {
        var shard = ShardOf(key.Hash);
        lock (shard.Gate)
        {
            if (shard.Find(key) < 0)
            {
                shard.Touch(shard.Add(key, window), isProtected);
                Interlocked.Increment(ref _keys);
                Interlocked.Add(ref _bytes, window.Bytes + KeyBytes(key.Bytes.Length));
            }
        }
    }

    /// <summary>Down to the bounds, after they were lowered; from each shard in turn.</summary>
    public void Trim(long now)
    {
        for (var i = 0; IsTooBig() && (EvictOne(i << ShardShift, null, now, false) || EvictOne(i << ShardShift, null, now, true)); i++)
        {
        }
    }

    public KeyWindow NewWindow() => Definition.Kind switch
    {
        WindowKind.Distinct => new MemberWindow(),
        WindowKind.Gauge => new GaugeWindow(),
        _ => new EventWindow(),
    };

    public void Collect(long now, Action<KeyCount> take)
    {
        foreach (var shard in _shards)
        {
            lock (shard.Gate)
            {
                Collect(shard, shard.OldestPlain, now, take);
                Collect(shard, shard.OldestProtected, now, take);
            }
        }
    }

    private static int KeyBytes(int length) => EntryBytes + ((24 + length + 7) & ~7);

    private void Collect(KeyShard shard, int first, long now, Action<KeyCount> take)
    {
        for (var i = first; i >= 0; i = shard.NewerThan(i))
        {
            var value = Measured(shard[i], now);
            if (value > 0)
            {
                take(new KeyCount(StateKeyBytes.Decode(shard.KeyAt(i)), value, shard[i].IsExact));
            }
        }
    }

    private KeyShard ShardOf(int hash) => _shards[(hash >>> ShardShift) & (_shards.Length - 1)];

    private bool IsProtected(double value) => Definition.Kind == WindowKind.Gauge
        ? value > 0
        : Definition.HalfFull > 0 && value > Definition.HalfFull;

    private double Measured(KeyWindow window, long now)
    {
        // Reading lets old events go, and may free their memory.
        var before = window.Bytes;
        var value = window.Read(_shape, now);
        if (window.Bytes != before)
        {
            Interlocked.Add(ref _bytes, window.Bytes - before);
        }

        return value;
    }

    private void Drop(KeyShard shard, int index)
    {
        Interlocked.Decrement(ref _keys);
        Interlocked.Add(ref _bytes, -shard[index].Bytes - KeyBytes(shard.KeyAt(index).Length));
        shard.Remove(index);
    }

    private void DropOver(KeyShard shard, long now, int atMost)
    {
        for (var i = 0; i < atMost && shard.OldestPlain >= 0 && shard[shard.OldestPlain].IsOver(_shape, now); i++)
        {
            Drop(shard, shard.OldestPlain);
        }

        for (var i = 0; i < atMost && shard.OldestProtected >= 0 && shard[shard.OldestProtected].IsOver(_shape, now); i++)
        {
            Drop(shard, shard.OldestProtected);
        }
    }

    private bool IsTooBig() => Volatile.Read(ref _keys) > Definition.MaxKeys || Volatile.Read(ref _bytes) > Definition.MaxMemoryBytes;

    private void MakeRoom(int hash, KeyWindow hit, long now)
    {
        while (IsTooBig() && (EvictOne(hash, hit, now, false) || EvictOne(hash, hit, now, true)))
        {
        }
    }

    private bool EvictOne(int hash, KeyWindow? hit, long now, bool takesProtected)
    {
        // The own shard first: keys spread evenly, so its oldest is about the oldest of all.
        for (var i = 0; i < _shards.Length; i++)
        {
            var shard = _shards[((hash >>> ShardShift) + i) & (_shards.Length - 1)];
            lock (shard.Gate)
            {
                var index = Candidate(shard, now, takesProtected);
                if (index < 0 || ReferenceEquals(shard[index], hit))
                {
                    continue;
                }

                if (!shard[index].IsOver(_shape, now))
                {
                    Interlocked.Increment(ref _evictions);
                }

                Drop(shard, index);
                return true;
            }
        }

        return false;
    }

    private int Candidate(KeyShard shard, long now, bool takesProtected)
    {
        var index = shard.OldestProtected;
        if (index >= 0 && (takesProtected || !IsProtected(Measured(shard[index], now))))
        {
            return index;
        }

        return shard.OldestPlain;
    }
}
