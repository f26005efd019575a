using System.Buffers.Binary;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Tests.Kit;

/// <summary>Packets for tests, made without the code under test.</summary>
internal static class Frames
{
    public static byte[] Of(char code, params byte[][] data)
    {
        var body = data.SelectMany(d => d).ToArray();
        var frame = new byte[5 + body.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)(1 + body.Length));
        frame[4] = (byte)code;
        body.CopyTo(frame, 5);
        return frame;
    }

    public static byte[] Of(char code, string text) => Of(code, MailText.Encode(text));

    public static byte[] U32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Offer(int version = 6, uint actions = 0x1FF, uint steps = 0x1FFFFF) => Of('O', U32((uint)version), U32(actions), U32(steps));

    public static byte[] Connect() => Of('C', MailText.Encode("mx.example\04\0\u0019192.0.2.1\0"));

    public static byte[] Join(params byte[][] frames) => [.. frames.SelectMany(f => f)];

    /// <summary>Cuts bytes into packets; a rest that is no whole packet fails the test.</summary>
    public static IReadOnlyList<Frame> Split(ReadOnlyMemory<byte> bytes)
    {
        var frames = new List<Frame>();
        while (!bytes.IsEmpty)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(bytes.Span);
            frames.Add(new Frame(bytes.Span[4], bytes.Slice(5, length - 1)));
            bytes = bytes[(4 + length)..];
        }

        return frames;
    }
}
