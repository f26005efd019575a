using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pmilter.Policies.Lists.Tables;

/// <summary>
/// Networks of one address family, sorted, each with the number of the next larger one that it lies in. Networks either contain one
/// another or are apart, so the last one that begins at or before an address, or one that it lies in, is the answer: one binary search,
/// and of many entries that contain an address the smallest is found.
/// </summary>
/// <typeparam name="T">The address as a number: 32 or 128 bits.</typeparam>
internal sealed class NetworkTable<T>
    where T : unmanaged, IBinaryInteger<T>
{
    /// <summary>From so many entries on, an index over the first 16 bits (256 kB) pays.</summary>
    private const int IndexedFrom = 4096;

    private const int IndexBits = 16;

    /// <summary>In a line's number: that an address was found in the network.</summary>
    private const int MarkBit = int.MinValue;

    private static readonly int Bits = Unsafe.SizeOf<T>() * 8;

    private readonly T[] _firsts;
    private readonly byte[] _prefixes;
    private readonly int[] _parents;
    private readonly int[] _lines;
    private readonly int[] _starts;

    /// <param name="rows">Sorted, each once.</param>
    public NetworkTable(ReadOnlySpan<NetworkRow<T>> rows)
    {
        _firsts = new T[rows.Length];
        _prefixes = new byte[rows.Length];
        _parents = new int[rows.Length];
        _lines = new int[rows.Length];
        var around = -1;
        for (var i = 0; i < rows.Length; i++)
        {
            (_firsts[i], _prefixes[i], _lines[i]) = (rows[i].First, rows[i].Prefix, rows[i].Line);
            while (around >= 0 && !Covers(around, rows[i].First))
            {
                around = _parents[around];
            }

            _parents[i] = around;
            around = i;
        }

        _starts = rows.Length < IndexedFrom ? [] : Starts();
    }

    public int Count => _firsts.Length;

    /// <summary>The number of the smallest network that contains the address; -1 when none does.</summary>
    public int Find(T address)
    {
        int low, high;
        if (_starts.Length == 0)
        {
            (low, high) = (0, _firsts.Length);
        }
        else
        {
            var top = Top(address);
            (low, high) = (_starts[top], _starts[top + 1]);
        }

        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) >> 1);
            if (_firsts[middle] <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        var entry = low - 1;
        while (entry >= 0 && !Covers(entry, address))
        {
            entry = _parents[entry];
        }

        return entry;
    }

    public (T First, int Prefix, int Line) At(int entry) => (_firsts[entry], _prefixes[entry], _lines[entry] & ~MarkBit);

    /// <summary>True, marked: written once until it is taken.</summary>
    public bool Mark(int entry)
    {
        if (_lines[entry] >= 0)
        {
            _lines[entry] |= MarkBit;
        }

        return true;
    }

    /// <summary>Whether it was marked since this was asked last.</summary>
    public bool TakeMark(int entry)
    {
        var isMarked = _lines[entry] < 0;
        if (isMarked)
        {
            _lines[entry] &= ~MarkBit;
        }

        return isMarked;
    }

    private static int Top(T address) => int.CreateTruncating(address >>> (Bits - IndexBits));

    /// <summary>A shift by all bits would shift by none.</summary>
    private bool Covers(int entry, T address) => _prefixes[entry] == 0 || T.IsZero((_firsts[entry] ^ address) >>> (Bits - _prefixes[entry]));

    private int[] Starts()
    {
        var starts = new int[(1 << IndexBits) + 1];
        foreach (var first in _firsts)
        {
            starts[Top(first) + 1]++;
        }

        for (var i = 1; i < starts.Length; i++)
        {
            starts[i] += starts[i - 1];
        }

        return starts;
    }
}

/// <summary>A network before its table is made: in the order of addresses, the larger first, then of lines.</summary>
internal readonly record struct NetworkRow<T>(T First, byte Prefix, int Line) : IComparable<NetworkRow<T>>
    where T : unmanaged, IBinaryInteger<T>
{
    public int CompareTo(NetworkRow<T> other) =>
        First != other.First ? (First < other.First ? -1 : 1)
        : Prefix != other.Prefix ? Prefix - other.Prefix
        : Line.CompareTo(other.Line);

    /// <summary>Sorted, of equal networks the first line's alone.</summary>
    public static NetworkTable<T> ToTable(List<NetworkRow<T>> rows)
    {
        rows.Sort();
        var kept = 0;
        for (var i = 0; i < rows.Count; i++)
        {
            if (kept == 0 || rows[i].First != rows[kept - 1].First || rows[i].Prefix != rows[kept - 1].Prefix)
            {
                rows[kept++] = rows[i];
            }
        }

        return new NetworkTable<T>(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(rows)[..kept]);
    }
}
