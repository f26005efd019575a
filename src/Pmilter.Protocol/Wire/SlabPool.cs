namespace Pmilter.Protocol.Wire;

/// <summary>
/// Read buffers of one exact size: one body chunk and the macros sent with it. ArrayPool would round 65540 bytes up to 128 kB.
/// </summary>
internal sealed class SlabPool
{
    /// <summary>Room for the largest body packet (65540 bytes) behind a macro packet; below the large object heap's 85000.</summary>
    public const int SlabBytes = 66 * 1024;

    private const int KeptSlabs = 64;

    private readonly Lock _lock = new();
    private readonly byte[]?[] _kept = new byte[KeptSlabs][];
    private int _count;

    public static SlabPool Shared { get; } = new();

    public byte[] Rent()
    {
        lock (_lock)
        {
            if (_count > 0 && _kept[--_count] is { } slab)
            {
                _kept[_count] = null;
                return slab;
            }
        }

        return GC.AllocateUninitializedArray<byte>(SlabBytes);
    }

    public void Return(byte[] slab)
    {
        if (slab.Length != SlabBytes)
        {
            return;
        }

        lock (_lock)
        {
            if (_count < KeptSlabs)
            {
                _kept[_count++] = slab;
            }
        }
    }
}
