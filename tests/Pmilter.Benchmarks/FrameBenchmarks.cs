using BenchmarkDotNet.Attributes;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Wire;

namespace Pmilter.Benchmarks;

/// <summary>Bytes to commands and verdicts to bytes, a packet: what an MTA sends of fifty messages, and what is answered.</summary>
[MemoryDiagnoser]
#pragma warning disable CA1001, CA2012 // The conversation is memory alone; what is asked of it ends at once, and that is all that is looked at.
public class FrameBenchmarks
#pragma warning restore CA1001
{
    private const int Replies = 1_000;

    /// <summary>18 of a message, six of the connection.</summary>
    private const int Frames = (50 * 18) + 6;

    private static readonly SmtpReply Text = SmtpReply.TryCreate(451, "4.7.1", ["Too much mail from a@spam.example, try again in 10 s"], out var reply, out _) ? reply : throw new InvalidOperationException();

    private readonly Conversation _conversation = new(50, 0);
    private readonly FrameWriter _writer;

    public FrameBenchmarks() => _writer = new FrameWriter(_conversation);

    [GlobalSetup]
    public void Count()
    {
        if (Decode() is var frames && frames != Frames)
        {
            throw new InvalidOperationException($"{frames} packets; expected {Frames}.");
        }
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public int Decode()
    {
        _conversation.Rewind();
        var reader = new FrameReader(_conversation);
        var frames = 0;
        while (reader.FillAsync(CancellationToken.None) is { IsCompletedSuccessfully: true, Result: true })
        {
            while (reader.TryRead(out var frame))
            {
                frames++;
                Decode(frame);
            }
        }

        reader.Release();
        return frames;
    }

    [Benchmark(OperationsPerInvoke = Replies)]
    public void EncodeContinue()
    {
        for (var i = 0; i < Replies; i++)
        {
            Encode(Verdict.Continue);
        }
    }

    [Benchmark(OperationsPerInvoke = Replies)]
    public void EncodeReply()
    {
        for (var i = 0; i < Replies; i++)
        {
            Encode(Verdict.Tempfail(Text));
        }
    }

    private void Encode(Verdict verdict)
    {
        ReplyEncoder.Write(_writer, verdict);
        if (!_writer.FlushAsync(CancellationToken.None).IsCompletedSuccessfully)
        {
            throw new InvalidOperationException("Memory takes everything at once.");
        }
    }

    private static int Decode(in Frame frame) => (CommandCode)frame.Code switch
    {
        CommandCode.Connect => CommandDecoder.Connect(frame.Data).Port,
        CommandCode.Helo => CommandDecoder.Helo(frame.Data).Name.Length,
        CommandCode.Mail => CommandDecoder.Mail(frame.Data).Sender.Length,
        CommandCode.Rcpt => CommandDecoder.Rcpt(frame.Data).Recipient.Length,
        CommandCode.Header => CommandDecoder.Header(frame.Data).Name.Length,
        _ => frame.Data.Length,
    };
}
