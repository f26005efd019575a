using System.Buffers.Binary;

namespace Pmilter.Effects.Counters.Snapshots;

/// <summary>One section while it is written; reused from section to section.</summary>
internal sealed class SectionBuffer
{
    private byte[] _bytes = new byte[4096];
    private int _count;

    public int Length => _count;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _count);

    public void Clear() => _count = 0;

    public void Byte(byte value) => Take(1)[0] = value;

    public void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(8), value);

    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(8), value);

    public void Double(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Take(8), value);

    /// <summary>Seven bits a byte, the low ones first: small numbers are short.</summary>
    public void Number(ulong value)
    {
        while (value >= 0x80)
        {
            Byte((byte)(value | 0x80));
            value >>= 7;
        }

        Byte((byte)value);
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Number((ulong)bytes.Length);
        bytes.CopyTo(Take(bytes.Length));
    }

    public void Text(ReadOnlySpan<char> text) => Bytes(StateKeyBytes.Encode(text));

    private Span<byte> Take(int count)
    {
        if (_bytes.Length - _count < count)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _count + count));
        }

        _count += count;
        return _bytes.AsSpan(_count - count, count);
    }
}
