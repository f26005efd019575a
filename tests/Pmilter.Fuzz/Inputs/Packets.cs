using System.Buffers.Binary;

namespace Pmilter.Fuzz.Inputs;

/// <summary>Packets as an MTA sends them, right or wrong.</summary>
internal static class Packets
{
    public static byte[] Of(byte code, ReadOnlySpan<byte> data)
    {
        var packet = new byte[5 + data.Length];
        BinaryPrimitives.WriteUInt32BigEndian(packet, (uint)(1 + data.Length));
        packet[4] = code;
        data.CopyTo(packet.AsSpan(5));
        return packet;
    }

    public static byte[] Offer(uint version, uint actions, uint steps)
    {
        var data = new byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(data, version);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(4), actions);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(8), steps);
        return Of((byte)'O', data);
    }

    /// <summary>A recorded session with some of its packets spoilt, left out, doubled or moved.</summary>
    public static byte[] SpoiltSession(Dice dice)
    {
        var packets = new List<byte[]>(dice.Of(Seeds.MtaPackets));
        for (var left = dice.Between(1, 4); left > 0 && packets.Count > 0; left--)
        {
            var at = dice.Below(packets.Count);
            switch (packets[at].Length < 5 ? 0 : dice.Below(5))
            {
                case 0:
                    packets.RemoveAt(at);
                    break;
                case 1:
                    packets.Insert(dice.Below(packets.Count + 1), packets[at]);
                    break;
                case 2:
                    // Its length stays right: what is wrong is inside.
                    packets[at] = Of(packets[at][4], Mutation.Of(dice, packets[at][5..], 3));
                    break;
                case 3:
                    packets[at] = Of((byte)dice.Next(), packets[at].AsSpan(5));
                    break;
                default:
                    packets[at] = Mutation.Of(dice, packets[at], 2);
                    break;
            }
        }

        return [.. packets.SelectMany(packet => packet)];
    }
}
