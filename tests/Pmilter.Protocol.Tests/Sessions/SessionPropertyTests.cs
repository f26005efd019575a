using System.Buffers.Binary;
using CsCheck;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Tests.Kit;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Tests.Sessions;

public sealed class SessionPropertyTests
{
    private const string Commands = "ABCDEHKLMNOQRTUZ";

    private static readonly Gen<byte[]> GenData = Gen.OneOf(
        Gen.Byte.Array[0, 40],
        Gen.Char["abc<>@\0\0 "].Array[0, 20].Select(c => MailText.Encode(new string(c))),
        Gen.Const(MailText.Encode("<a@b>\0")),
        Gen.Const(MailText.Encode("mx\04\0\u0019192.0.2.1\0")),
        Gen.Const(Array.Empty<byte>()));

    private static readonly Gen<byte[]> GenFrame = Gen.Select(Gen.Char[Commands], GenData, (code, data) => Frames.Of(code, data));

    private static readonly Gen<byte[]> GenSession = GenFrame.Array[0, 25].Select(frames => Frames.Join([Frames.Offer(), .. frames]));

    private static readonly Gen<Verdict> GenVerdict = Gen.Int[0, 5].Select(n => n switch
    {
        0 => Verdict.Accept,
        1 => Verdict.Reject(),
        2 => Verdict.Tempfail(),
        3 => Verdict.Discard,
        4 => Verdict.Skip,
        _ => Verdict.Continue,
    });

    [Fact]
    public Task AnyBytes_NeverThrow_AndEndTheConnection() =>
        Gen.OneOf(Gen.Byte.Array[0, 60], GenSession).SampleAsync(async input =>
        {
            var transport = ChunkTransport.Whole(input);
            var observer = new RecordingObserver();
            await Serve.RunAsync(transport, new ScriptedHandler(), observer);
            return transport.IsDisposed && observer.Failures.Count == 0 && Frames.Split(transport.Written) is not null;
        });

    [Fact]
    public Task AnyVerdicts_OneReplyForEachAnsweredEvent_WholeAndByteByByteAlike() =>
        Gen.Select(GenSession, GenVerdict.Array[1, 20]).SampleAsync(async (input, verdicts) =>
        {
            var whole = await WrittenAsync(ChunkTransport.Whole(input), verdicts);
            var bytes = await WrittenAsync(ChunkTransport.ByteByByte(input), verdicts);
            return whole.SequenceEqual(bytes);
        });

    [Fact]
    public async Task Truncated_AtEveryByte_EndsQuietlyOrWithOneWarning()
    {
        var input = Frames.Join(
            Frames.Offer(), Frames.Of('D', "Cj\0mx\0"), Frames.Connect(), Frames.Of('H', "x\0"), Frames.Of('M', "<a@b>\0"), Frames.Of('R', "<c@d>\0"),
            Frames.Of('T'), Frames.Of('L', "A\0b\0"), Frames.Of('N'), Frames.Of('B', "text"), Frames.Of('E'));
        var ends = new HashSet<int> { 0 };
        for (var at = 0; at < input.Length; at += 4 + BinaryPrimitives.ReadInt32BigEndian(input.AsSpan(at)))
        {
            ends.Add(at);
        }

        for (var at = 0; at < input.Length; at++)
        {
            var observer = new RecordingObserver();
            var handler = new ScriptedHandler();
            await Serve.RunAsync(ChunkTransport.Whole(input[..at]), handler, observer);
            Assert.Equal(ends.Contains(at) ? 0 : 1, observer.Warnings.Count);
            Assert.True(handler.Calls.Count(c => c is "Close") <= 1);
        }
    }

    [Fact]
    public async Task BigFrames_UpToTheLimit_AreReadWhole()
    {
        foreach (var size in new[] { 65_535, 67_000, 70_000, 150_000, 4 * 1024 * 1024 - 5 })
        {
            var value = new string('x', size);
            var handler = new ScriptedHandler { Requirements = new Requirements { Events = MilterEvents.Header } };
            var transport = ChunkTransport.Whole(Frames.Join(Frames.Offer(), Frames.Of('L', "A\0" + value + "\0"), Frames.Of('E')));
            var observer = new RecordingObserver();
            await Serve.RunAsync(transport, handler, observer);
            Assert.Empty(observer.Warnings);
            Assert.Equal("Header A:".Length + size, handler.Calls[0].Length);
        }
    }

    [Fact]
    public async Task PipelinedCommands_AnsweredInOneWrite()
    {
        var transport = await Serve.RunAsync(new ScriptedHandler(), new RecordingObserver(), Frames.Offer(), Frames.Connect(), Frames.Of('H', "x\0"), Frames.Of('M', "<a@b>\0"));
        Assert.Equal(1, transport.Writes);
    }

    private static async Task<byte[]> WrittenAsync(ChunkTransport transport, Verdict[] verdicts)
    {
        var next = 0;
        var handler = new ScriptedHandler { Decide = (_, _) => new(verdicts[next++ % verdicts.Length]) };
        await Serve.RunAsync(transport, handler, new RecordingObserver());
        return transport.Written;
    }
}
