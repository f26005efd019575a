using CsCheck;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Tests.Kit;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Tests.Replies;

public sealed class ReplyEncoderTests
{
    private static readonly Gen<string> GenText = Gen.Char["abc <>@.%äß\u4e00"].Array[1, 30].Select(c => new string(c));

    [Theory]
    [InlineData("450 4.7.1 50% off", "450 4.7.1 50%% off\0")]
    [InlineData("450 4.7.1 one\r\n450 4.7.1 two", "450-4.7.1 one\r\n450 4.7.1 two\0")]
    [InlineData("550 one\r\n550 two", "550-5.0.0 one\r\n550 5.0.0 two\0")]
    [InlineData("550 plain", "550 plain\0")]
    [InlineData("550 4..", "550 5.0.0 4..\0")]
    [InlineData("450 5.x", "450 4.0.0 5.x\0")]
    public void Refusal_Text_AsBothMtasTakeIt(string text, string expected)
    {
        var frame = Assert.Single(Encode(w => ReplyEncoder.Write(w, Words.Refusal(text))));
        Assert.Equal('y', (char)frame.Code);
        Assert.Equal(expected, MailText.Decode(frame.Data.Span));
    }

    [Theory]
    [InlineData("a\r\n b", "a\n b")]
    [InlineData("a\rb", "ab")]
    [InlineData("a\0b", "ab")]
    [InlineData("a\nX-Evil: 1", "a\n\tX-Evil: 1")]
    [InlineData("a\r\n\r\nbody", "a\n\t\n\tbody")]
    [InlineData("a\r\n", "a")]
    public void HeaderValue_LineBreaks_OnlyAsFolds(string value, string expected)
    {
        var frame = Assert.Single(Encode(w => ReplyEncoder.Write(w, new AddHeader("A", value), ownsLeadingSpace: false)));
        Assert.Equal($"A\0{expected}\0", MailText.Decode(frame.Data.Span));
        frame = Assert.Single(Encode(w => ReplyEncoder.Write(w, new ChangeHeader("A", 1, value), ownsLeadingSpace: true)));
        Assert.Equal($"\0\0\0\u0001A\0 {expected}\0", MailText.Decode(frame.Data.Span));
    }

    [Fact]
    public void AddRecipient_ArgumentsOfLineEndsAlone_IsTheActionWithoutArguments()
    {
        var change = new AddRecipient("<a@b>", "\r\n\0");

        var frame = Assert.Single(Encode(w => ReplyEncoder.Write(w, change, ownsLeadingSpace: false)));
        Assert.Equal('+', (char)frame.Code);
        Assert.Equal(MilterActions.AddRecipients, ReplyEncoder.ActionOf(change));
    }

    [Theory]
    [InlineData(0, new[] { 0 })]
    [InlineData(65535, new[] { 65535 })]
    [InlineData(65536, new[] { 65535, 1 })]
    [InlineData(200000, new[] { 65535, 65535, 65535, 3395 })]
    public void ReplaceBody_AnyLength_OneRunOfChunks(int length, int[] chunks)
    {
        var frames = Encode(w => ReplyEncoder.Write(w, new ReplaceBody(new byte[length]), ownsLeadingSpace: false));
        Assert.Equal(chunks, frames.Select(f => f.Data.Length));
        Assert.All(frames, f => Assert.Equal('b', (char)f.Code));
    }

    [Fact]
    public void Modification_Any_DecodesToItself() =>
        Gen.OneOf<Modification>(
            Gen.Select(GenText, GenText, (n, v) => (Modification)new AddHeader(n, v)),
            Gen.Select(Gen.Int[0, 100], GenText, GenText, (i, n, v) => (Modification)new InsertHeader(i, n, v)),
            Gen.Select(Gen.Int[0, 100], GenText, GenText, (i, n, v) => (Modification)new ChangeHeader(n, i, v)),
            Gen.Select(Gen.Int[0, 100], GenText, (i, n) => (Modification)new DeleteHeader(n, i)),
            Gen.Select(GenText, GenText, (a, p) => (Modification)new ChangeSender(a, p)),
            Gen.Select(GenText, GenText, (a, p) => (Modification)new AddRecipient(a, p)),
            GenText.Select(a => (Modification)new AddRecipient(a, null)),
            GenText.Select(a => (Modification)new DeleteRecipient(a)))
        .Sample(modification => modification == ReplyDecoder.Modification(Assert.Single(Encode(w => ReplyEncoder.Write(w, modification, ownsLeadingSpace: false)))));

    [Fact]
    public void Refusal_Any_DecodesToItself() =>
        Gen.Select(Gen.Int[400, 599], GenText.Array[1, 5]).Sample((code, lines) =>
        {
            Assert.True(SmtpReply.TryCreate(code, $"{code / 100}.7.1", lines, out var reply, out _));
            var verdict = code >= 500 ? Verdict.Reject(reply) : Verdict.Tempfail(reply);
            var decoded = ReplyDecoder.Verdict(Assert.Single(Encode(w => ReplyEncoder.Write(w, verdict))));
            var expected = string.Join("\r\n", lines.Select((l, i) => $"{code}{(i == lines.Length - 1 ? ' ' : '-')}{code / 100}.7.1 {l}"));
            return decoded?.Text == expected && decoded?.Kind == verdict.Kind && decoded?.SmtpCode == code;
        });

    private static IReadOnlyList<Frame> Encode(Action<FrameWriter> write)
    {
        var transport = new ChunkTransport([]);
        var writer = new FrameWriter(transport);
        write(writer);
        writer.FlushAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return Frames.Split(transport.Written);
    }
}
