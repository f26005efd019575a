namespace Pmilter.Effects.Counters;

/// <summary>
/// A hash table from key to window, with its keys in order of use, in two lists: those that may go when room is needed, and the
/// protected ones (over half full). One array, indices for links: 32 bytes a key. Every member is used under <see cref="Gate"/>.
/// </summary>
internal sealed class KeyShard
{
    private const int None = -1;
    private const int ProtectedFlag = int.MinValue;

    private Entry[] _entries = new Entry[4];
    private int[] _buckets = [None, None, None, None];
    private int _used;
    private int _free = None;
    private Ends _plain = new();
    private Ends _protected = new();

    public Lock Gate { get; } = new();

    public int OldestPlain => _plain.Oldest;

    public int OldestProtected => _protected.Oldest;

    public KeyWindow this[int index] => _entries[index].Window;

    public byte[] KeyAt(int index) => _entries[index].Key;

    public bool IsProtected(int index) => _entries[index].IsProtected;

    /// <summary>The next key in order of use, −1 at the end.</summary>
    public int NewerThan(int index) => _entries[index].Newer;

    public int Find(scoped CounterKey key)
    {
        for (var i = _buckets[key.Hash & (_buckets.Length - 1)]; i != None; i = _entries[i].Next)
        {
            if (_entries[i].Hash == key.Hash && key.Bytes.SequenceEqual(_entries[i].Key))
            {
                return i;
            }
        }

        return None;
    }

    public int Add(scoped CounterKey key, KeyWindow window)
    {
        var index = TakeEntry();
        ref var bucket = ref _buckets[key.Hash & (_buckets.Length - 1)];
        _entries[index] = new Entry { Key = key.Bytes.ToArray(), Window = window, HashAndFlag = key.Hash, Next = bucket };
        bucket = index;
        Append(ref _plain, index);
        return index;
    }

    public void Remove(int index)
    {
        ref var entry = ref _entries[index];
        Unlink(index);
        ref var link = ref _buckets[entry.Hash & (_buckets.Length - 1)];
        while (link != index)
        {
            link = ref _entries[link].Next;
        }

        link = entry.Next;
        entry = new Entry { Key = [], Window = null!, Next = _free };
        _free = index;
    }

    /// <summary>Makes the key the most recently used of its list.</summary>
    public void Touch(int index, bool isProtected)
    {
        Unlink(index);
        _entries[index].IsProtected = isProtected;
        Append(ref isProtected ? ref _protected : ref _plain, index);
    }

    private int TakeEntry()
    {
        if (_free != None)
        {
            var index = _free;
            _free = _entries[index].Next;
            return index;
        }

        if (_used == _entries.Length)
        {
            Array.Resize(ref _entries, _used + Math.Max(_used / 4, 4));
        }

        if (_used == _buckets.Length)
        {
            Rehash(_buckets.Length * 2);
        }

        return _used++;
    }

    private void Rehash(int length)
    {
        // Only called when no entry is free: all up to _used are in use.
        _buckets = new int[length];
        Array.Fill(_buckets, None);
        for (var i = 0; i < _used; i++)
        {
            ref var bucket = ref _buckets[_entries[i].Hash & (length - 1)];
            _entries[i].Next = bucket;
            bucket = i;
        }
    }

    private void Append(ref Ends list, int index)
    {
        ref var entry = ref _entries[index];
        entry.Older = list.Newest;
        entry.Newer = None;
        if (list.Newest == None)
        {
            list.Oldest = index;
        }
        else
        {
            _entries[list.Newest].Newer = index;
        }

        list.Newest = index;
    }

    private void Unlink(int index)
    {
        ref var entry = ref _entries[index];
        ref var list = ref entry.IsProtected ? ref _protected : ref _plain;
        if (entry.Older == None)
        {
            list.Oldest = entry.Newer;
        }
        else
        {
            _entries[entry.Older].Newer = entry.Newer;
        }

        if (entry.Newer == None)
        {
            list.Newest = entry.Older;
        }
        else
        {
            _entries[entry.Newer].Older = entry.Older;
        }
    }

    private struct Entry
    {
        public byte[] Key;
        public KeyWindow Window;
        public int HashAndFlag;
        public int Next;
        public int Older;
        public int Newer;

        public readonly int Hash => HashAndFlag & ~ProtectedFlag;

        public bool IsProtected
        {
            readonly get => HashAndFlag < 0;
            set => HashAndFlag = value ? HashAndFlag | ProtectedFlag : HashAndFlag & ~ProtectedFlag;
        }
    }

    private struct Ends()
    {
        public int Oldest = None;
        public int Newest = None;
    }
}
