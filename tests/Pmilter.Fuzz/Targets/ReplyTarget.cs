using Pmilter.Fuzz.Inputs;
using Pmilter.Fuzz.Runs;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Wire;

namespace Pmilter.Fuzz.Targets;

/// <summary>The reply builder and the encoder, read again by the MTA's side.</summary>
internal sealed class ReplyTarget : IFuzzTarget
{
    public string Name => "replies";

    public string Promise => "every reply reads back as one packet; no text begins a line, a header field or a packet of its own";

    public void Try(Dice dice)
    {
        var transport = PieceTransport.Whole([]);
        var writer = new FrameWriter(transport);
        if (dice.OneIn(3))
        {
            TryReply(dice, writer, transport);
            return;
        }

        var change = Change(dice);
        var hasLeadingSpace = dice.OneIn(2);
        ReplyEncoder.Write(writer, change, hasLeadingSpace);
        ReplyEncoder.WriteQuarantine(writer, Nasty.Text(dice));
        var frames = Frames(writer, transport);
        BrokenPromiseException.ThrowUnless(ReplyDecoder.QuarantineReason(frames[^1]).AsSpan().IndexOfAny("\r\n\0") < 0, "the quarantine's reason has lines");
        for (var i = 0; i < frames.Count - 1; i++)
        {
            Check(change, ReplyDecoder.Modification(frames[i]) ?? throw new BrokenPromiseException("the change reads back as none"));
        }
    }

    private static void TryReply(Dice dice, FrameWriter writer, PieceTransport transport)
    {
        var code = dice.OneIn(20) ? dice.Below(1000) : dice.Of([421, 450, 550, 554]);
        var enhanced = dice.Of(["", "4.7.1", "5.7.1", "5.0.0", Nasty.Text(dice, 2)]);
        var lines = new string[dice.OneIn(50) ? dice.Below(40) : dice.Between(1, 3)];
        for (var i = 0; i < lines.Length; i++)
        {
            lines[i] = Nasty.Text(dice, dice.OneIn(100) ? 2000 : 4);
        }

        if (!SmtpReply.TryCreate(code, enhanced, lines, out var reply, out var error))
        {
            BrokenPromiseException.ThrowUnless(error.Length > 0, "no reason is given");
            return;
        }

        ReplyEncoder.Write(writer, code >= 500 ? Verdict.Reject(reply) : Verdict.Tempfail(reply));
        var frames = Frames(writer, transport);
        EventReply? read;
        try
        {
            read = ReplyDecoder.Verdict(frames[0]);
        }
        catch (MilterClientException misread)
        {
            // A text that begins with an enhanced code of another class, of which the MTA makes what it likes: the author wrote it, or TryCreate must refuse it.
            throw new BrokenPromiseException($"{misread.Message} ({reply.Show()})");
        }

        BrokenPromiseException.ThrowUnless(frames.Count == 1 && read?.Text?.Split("\r\n").Length == lines.Length, "the reply has another number of lines");
    }

    private static Modification Change(Dice dice)
    {
        var first = Nasty.Text(dice);
        var second = Nasty.Text(dice);
        return dice.Below(9) switch
        {
            0 => new AddHeader(first, second),
            1 => new InsertHeader(dice.Between(-1, 5), first, second),
            2 => new ChangeHeader(first, dice.Between(-1, 5), second),
            3 => new DeleteHeader(first, dice.Between(-1, 5)),
            4 => new ChangeSender(first, dice.OneIn(2) ? second : null),
            5 => new AddRecipient(first, null),
            6 => new AddRecipient(first, second),
            7 => new DeleteRecipient(first),
            _ => new ReplaceBody(dice.Bytes(dice.OneIn(200) ? 200_000 : dice.Below(100))),
        };
    }

    private static void Check(Modification written, Modification read)
    {
        var (line, value) = read switch
        {
            AddHeader header => (header.Name, header.Value),
            InsertHeader header => (header.Name, header.Value),
            ChangeHeader header => (header.Name, header.Value),
            DeleteHeader header => (header.Name, string.Empty),
            ChangeSender sender => (sender.Address + sender.Arguments, string.Empty),
            AddRecipient recipient => (recipient.Address + recipient.Arguments, string.Empty),
            DeleteRecipient recipient => (recipient.Address, string.Empty),
            _ => (string.Empty, string.Empty),
        };
        BrokenPromiseException.ThrowUnless(written.GetType() == read.GetType() || (written is ChangeHeader && read is DeleteHeader), $"{written.GetType().Name} reads back as {read.GetType().Name}");
        BrokenPromiseException.ThrowUnless(line.AsSpan().IndexOfAny("\r\n\0") < 0, "a name or an address has lines");
        for (var i = value.IndexOfAny(['\r', '\0', '\n']); i >= 0; i = value.IndexOfAny(['\r', '\0', '\n'], i + 1))
        {
            BrokenPromiseException.ThrowUnless(value[i] == '\n' && i + 1 < value.Length && value[i + 1] is ' ' or '\t', "a header's value begins another field");
        }
    }

    private static List<Frame> Frames(FrameWriter writer, PieceTransport transport)
    {
        writer.FlushAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return Replies.Split(transport.Written);
    }
}
