using Pmilter.Fuzz.Inputs;
using Pmilter.Fuzz.Runs;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Wire;

namespace Pmilter.Fuzz.Targets;

/// <summary>The frame reader and the command decoder.</summary>
internal sealed class FrameTarget : IFuzzTarget
{
    private const int LimitBytes = 2000;

    public string Name => "frames";

    public string Promise => "packets are the same whole, cut off and split anywhere; a bad one is a protocol error and nothing else";

    public void Try(Dice dice)
    {
        var input = dice.OneIn(4) ? dice.Bytes(dice.Below(60)) : Packets.SpoiltSession(dice);
        if (input.Length > 700)
        {
            input = input[..dice.Between(1, 700)];
        }

        var whole = Read(PieceTransport.Whole(input));
        Expect(whole, Read(PieceTransport.SplitAt(input, dice.Below(input.Length + 1))), "split");
        if (dice.OneIn(8))
        {
            Expect(whole, Read(PieceTransport.ByteByByte(input)), "byte by byte");
        }

        // Cut off, it has a beginning of the same packets, and no others.
        var cut = Read(PieceTransport.Whole(input[..dice.Below(input.Length + 1)]));
        BrokenPromiseException.ThrowUnless(whole.Count >= cut.Count - 1, "cut off, there are more packets than whole");
        for (var i = 0; i < cut.Count - 1; i++)
        {
            BrokenPromiseException.ThrowUnless(whole[i] == cut[i], $"cut off, packet {i} is another one");
        }
    }

    private static void Expect(List<string> whole, List<string> other, string how) =>
        BrokenPromiseException.ThrowUnless(whole.SequenceEqual(other, StringComparer.Ordinal), $"{how}: {other.Count} packets, whole {whole.Count}");

    /// <summary>What was read, packet by packet, and how it ended.</summary>
    private static List<string> Read(PieceTransport transport)
    {
        var read = new List<string>();
        var reader = new FrameReader(transport, LimitBytes);
        try
        {
            do
            {
                while (reader.TryRead(out var frame))
                {
                    read.Add(Shown(frame));
                }
            }
            while (reader.FillAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult());

            read.Add(reader.HasPartialFrame ? "partial" : "end");
        }
        catch (ProtocolException error)
        {
            read.Add(error.Message);
        }
        finally
        {
            reader.Release();
        }

        return read;
    }

    private static string Shown(Frame frame)
    {
        try
        {
            var decoded = (CommandCode)frame.Code switch
            {
                CommandCode.Negotiate => NegotiationCodec.DecodeOffer(frame.Data.Span).ToString(),
                CommandCode.Connect => Shown(CommandDecoder.Connect(frame.Data)),
                CommandCode.Helo => CommandDecoder.Helo(frame.Data).Name.Length.ToString(),
                CommandCode.Mail => CommandDecoder.Mail(frame.Data).Parameters.Length.ToString(),
                CommandCode.Rcpt => CommandDecoder.Rcpt(frame.Data).Parameters.Length.ToString(),
                CommandCode.Header => CommandDecoder.Header(frame.Data).Value.Length.ToString(),
                CommandCode.Unknown => CommandDecoder.Unknown(frame.Data).Line.Length.ToString(),
                _ => string.Empty,
            };
            return $"{frame.Code} {decoded} {Convert.ToHexString(frame.Data.Span)}";
        }
        catch (ProtocolException error)
        {
            return $"{frame.Code} {error.Message}";
        }
    }

    private static string Shown(ConnectCommand connect) => $"{connect.Family} {connect.Port} {connect.TryGetAddress()}";
}
