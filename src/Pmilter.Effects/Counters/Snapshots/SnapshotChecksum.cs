using System.Buffers.Binary;
using System.IO.Hashing;

namespace Pmilter.Effects.Counters.Snapshots;

/// <summary>Before anything is taken from a file: is all of it there, and as it was written?</summary>
internal static class SnapshotChecksum
{
    private const int BufferBytes = 128 * 1024;

    public static StateSnapshotException CutOff(long length) => new($"it is cut off after {length} bytes");

    /// <exception cref="StateSnapshotException">Cut off, or changed.</exception>
    public static void Verify(Stream from)
    {
        Span<byte> trailer = stackalloc byte[SnapshotFormat.TrailerBytes];
        from.Position = from.Length - trailer.Length;
        from.ReadExactly(trailer);
        if (!trailer.StartsWith(SnapshotFormat.End))
        {
            throw CutOff(from.Length);
        }

        if (Hash(from, from.Length - SnapshotFormat.HashBytes) != BinaryPrimitives.ReadUInt64LittleEndian(trailer[SnapshotFormat.End.Length..]))
        {
            throw new StateSnapshotException("its checksum does not match: it was changed after it was written");
        }
    }

    private static ulong Hash(Stream from, long length)
    {
        var hash = new XxHash3();
        var buffer = new byte[(int)Math.Min(length, BufferBytes)];
        from.Position = 0;
        while (length > 0)
        {
            var read = from.Read(buffer, 0, (int)Math.Min(length, buffer.Length));
            if (read == 0)
            {
                throw CutOff(from.Position);
            }

            hash.Append(buffer.AsSpan(0, read));
            length -= read;
        }

        return hash.GetCurrentHashAsUInt64();
    }
}
