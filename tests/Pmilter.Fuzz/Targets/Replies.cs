using System.Buffers.Binary;
using Pmilter.Fuzz.Runs;
using Pmilter.Protocol.Wire;

namespace Pmilter.Fuzz.Targets;

/// <summary>What the filter wrote, packet by packet, read apart from the frame reader.</summary>
internal static class Replies
{
    public static List<Frame> Split(ReadOnlyMemory<byte> written)
    {
        var frames = new List<Frame>();
        while (!written.IsEmpty)
        {
            var length = written.Length > 4 ? BinaryPrimitives.ReadUInt32BigEndian(written.Span) : 0;
            BrokenPromiseException.ThrowUnless(length > 0 && length + 4 <= written.Length, "a reply is cut off");
            frames.Add(new Frame(written.Span[4], written.Slice(5, (int)length - 1)));
            written = written[(4 + (int)length)..];
        }

        return frames;
    }
}
