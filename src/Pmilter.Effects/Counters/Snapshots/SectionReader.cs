using System.Buffers.Binary;

namespace Pmilter.Effects.Counters.Snapshots;

/// <summary>Reads a section. Nothing is taken at its word: a length beyond the section's end, or a number out of range, throws.</summary>
internal ref struct SectionReader(ReadOnlySpan<byte> bytes)
{
    private const int MaxNumberBytes = 10;

    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public byte Byte() => Take(1)[0];

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public double Double()
    {
        var value = BinaryPrimitives.ReadDoubleLittleEndian(Take(8));
        return double.IsFinite(value) ? value : throw StateSnapshotException.Damaged("a number that is none");
    }

    public ulong Number()
    {
        ulong value = 0;
        for (var i = 0; i < MaxNumberBytes; i++)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80)
            {
                return value;
            }
        }

        throw StateSnapshotException.Damaged("a number that does not end");
    }

    /// <summary>A count of things that take so many bytes each at least: never more than there can be.</summary>
    public int Count(int bytesEach = 1)
    {
        var count = Number();
        return count <= (ulong)(_rest.Length / bytesEach) ? (int)count : throw StateSnapshotException.Damaged("more entries than bytes");
    }

    public int Int32()
    {
        var value = Number();
        return value <= int.MaxValue ? (int)value : throw StateSnapshotException.Damaged("a number out of range");
    }

    public ReadOnlySpan<byte> Bytes() => Take(Count());

    public string Text() => StateKeyBytes.Decode(Bytes());

    /// <summary>A key of no more bytes than any store writes.</summary>
    public ReadOnlySpan<byte> Key()
    {
        var key = Bytes();
        return key.Length <= CounterKey.MaxBytes ? key : throw StateSnapshotException.Damaged("a key that is too long");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw StateSnapshotException.Damaged("a section that ends in the middle of an entry");
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
