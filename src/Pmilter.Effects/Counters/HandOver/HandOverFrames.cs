using System.Buffers.Binary;
using Pmilter.Effects.Counters.Snapshots;

namespace Pmilter.Effects.Counters.HandOver;

/// <summary>A length (4 bytes, little-endian) and so many bytes.</summary>
internal static class HandOverFrames
{
    /// <summary>A batch is the operations of one event; this is far beyond.</summary>
    private const int MostBytes = 16 * 1024 * 1024;

    private const int LengthBytes = sizeof(int);

    public static async Task WriteAsync(Stream to, SectionBuffer content, CancellationToken cancellationToken)
    {
        var frame = new byte[LengthBytes + content.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, content.Length);
        content.Written.CopyTo(frame.AsSpan(LengthBytes));
        await to.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Null at the end.</summary>
    /// <exception cref="IOException">It ends within a frame, or is none.</exception>
    public static async Task<byte[]?> ReadAsync(Stream from, CancellationToken cancellationToken)
    {
        var length = new byte[LengthBytes];
        var read = await from.ReadAtLeastAsync(length, length.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        if (read == 0)
        {
            return null;
        }

        var bytes = BinaryPrimitives.ReadInt32LittleEndian(length);
        if (read < length.Length || bytes is < 0 or > MostBytes)
        {
            throw new IOException("What came from the other process is no frame.");
        }

        var frame = new byte[bytes];
        await from.ReadExactlyAsync(frame, cancellationToken).ConfigureAwait(false);
        return frame;
    }
}
