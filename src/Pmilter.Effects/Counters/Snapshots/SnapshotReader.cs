using System.Buffers.Binary;

namespace Pmilter.Effects.Counters.Snapshots;

/// <summary>Takes the file apart: header, checksum, sections. What a section means is <see cref="SnapshotLoad"/>'s.</summary>
internal static class SnapshotReader
{
    public static (SnapshotContent Content, StateTables Tables) Read(Stream from, StateBounds bounds, DateTimeOffset now)
    {
        var created = ReadHeader(from);
        var end = from.Length - SnapshotFormat.TrailerBytes;
        SnapshotChecksum.Verify(from);
        from.Position = SnapshotFormat.HeaderBytes;
        var load = new SnapshotLoad(bounds, now);
        var section = Array.Empty<byte>();
        Span<byte> header = stackalloc byte[SnapshotFormat.SectionHeaderBytes];
        while (from.Position < end)
        {
            if (end - from.Position < header.Length)
            {
                throw StateSnapshotException.Damaged("a section without a length");
            }

            from.ReadExactly(header);
            var length = BinaryPrimitives.ReadInt32LittleEndian(header[1..]);
            if (length < 0 || length > end - from.Position)
            {
                throw StateSnapshotException.Damaged("a section longer than the file");
            }

            section = section.Length < length ? new byte[length] : section;
            from.ReadExactly(section, 0, length);
            load.Take((SnapshotSection)header[0], new SectionReader(section.AsSpan(0, length)));
        }

        return load.End(created);
    }

    private static DateTimeOffset ReadHeader(Stream from)
    {
        Span<byte> header = stackalloc byte[SnapshotFormat.HeaderBytes];
        from.Position = 0;
        var length = from.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        var magic = header[..Math.Min(length, SnapshotFormat.Magic.Length)];
        if (!SnapshotFormat.Magic.StartsWith(magic))
        {
            throw new StateSnapshotException("it is not a snapshot: it does not begin as one");
        }

        if (from.Length < SnapshotFormat.HeaderBytes + SnapshotFormat.TrailerBytes)
        {
            throw SnapshotChecksum.CutOff(from.Length);
        }

        var version = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        if (version != SnapshotFormat.Version)
        {
            throw new StateSnapshotException($"it is of format {version}, and this Pmilter reads format {SnapshotFormat.Version}");
        }

        var ticks = BinaryPrimitives.ReadInt64LittleEndian(header[12..]);
        return new DateTimeOffset(Math.Clamp(ticks, 0, DateTimeOffset.MaxValue.UtcTicks), TimeSpan.Zero);
    }
}
