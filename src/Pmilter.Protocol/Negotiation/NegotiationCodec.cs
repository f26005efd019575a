using System.Buffers.Binary;
using System.Text;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Negotiation;

/// <summary>SMFIC_OPTNEG on the wire: three words, and in the filter's answer the macro lists behind them.</summary>
internal static class NegotiationCodec
{
    private const int WordBytes = 4;
    private const int FixedBytes = 3 * WordBytes;

    /// <exception cref="ProtocolException">Too short, or a version before 2.</exception>
    public static Offer DecodeOffer(ReadOnlySpan<byte> data)
    {
        var (version, actions, steps) = DecodeWords(data);
        if (version < Negotiator.OldestVersion)
        {
            throw new ProtocolException($"The negotiation offers version {version}; expected at least {Negotiator.OldestVersion}.");
        }

        return new Offer((int)Math.Min(version, int.MaxValue), (MilterActions)actions, (MilterSteps)steps);
    }

    public static void EncodeOffer(FrameWriter writer, Offer offer)
    {
        writer.Begin((byte)CommandCode.Negotiate);
        EncodeWords(writer, offer.Version, offer.Actions, offer.Steps);
        writer.End();
    }

    public static void EncodeAnswer(FrameWriter writer, int version, MilterActions actions, MilterSteps steps, IReadOnlyDictionary<MacroStage, string> macroLists)
    {
        writer.Begin((byte)CommandCode.Negotiate);
        EncodeWords(writer, version, actions, steps);
        foreach (var (stage, names) in macroLists)
        {
            writer.Append((uint)stage);
            writer.AppendString(Encoding.ASCII.GetBytes(names));
        }

        writer.End();
    }

    /// <summary>The MTA's side.</summary>
    public static NegotiationAnswer DecodeAnswer(ReadOnlySpan<byte> data)
    {
        var (version, actions, steps) = DecodeWords(data);
        var lists = new Dictionary<MacroStage, string>();
        for (var rest = data[FixedBytes..]; !rest.IsEmpty;)
        {
            var end = rest.Length > WordBytes ? rest[WordBytes..].IndexOf((byte)0) : -1;
            if (end < 0)
            {
                throw new ProtocolException("The negotiation's macro list is not ended by a NUL.");
            }

            lists[(MacroStage)BinaryPrimitives.ReadUInt32BigEndian(rest)] = Encoding.Latin1.GetString(rest.Slice(WordBytes, end));
            rest = rest[(WordBytes + end + 1)..];
        }

        return new NegotiationAnswer((int)Math.Min(version, int.MaxValue), (MilterActions)actions, (MilterSteps)steps, lists);
    }

    private static (uint Version, uint Actions, uint Steps) DecodeWords(ReadOnlySpan<byte> data) =>
        data.Length >= FixedBytes
            ? (BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt32BigEndian(data[WordBytes..]), BinaryPrimitives.ReadUInt32BigEndian(data[(2 * WordBytes)..]))
            : throw new ProtocolException($"The negotiation has {data.Length} bytes; expected at least {FixedBytes}.");

    private static void EncodeWords(FrameWriter writer, int version, MilterActions actions, MilterSteps steps)
    {
        writer.Append((uint)version);
        writer.Append((uint)actions);
        writer.Append((uint)steps);
    }
}

/// <summary>What a filter answered to an offer.</summary>
public sealed record NegotiationAnswer(int Version, MilterActions Actions, MilterSteps Steps, IReadOnlyDictionary<MacroStage, string> MacroLists);
