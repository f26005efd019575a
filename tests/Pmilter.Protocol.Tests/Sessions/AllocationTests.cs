using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Tests.Kit;

namespace Pmilter.Protocol.Tests.Sessions;

public sealed class AllocationTests
{
    private const int Warm = 100;
    private const int Measured = 1000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Headers_WithMacrosBeforeEach_AllocateNothing(bool replies)
    {
        var handler = new CountingHandler(replies);
        byte[][] header = [Frames.Of('D', "Li\0Q1\0"), Frames.Of('L', "Subject\0hello\0")];
        var input = Frames.Join([Frames.Offer(), Frames.Connect(), Frames.Of('M', "<a@b>\0"), Frames.Of('R', "<c@d>\0"), .. Enumerable.Repeat(header, Warm + Measured + 10).SelectMany(h => h)]);
        await Serve.RunAsync(ChunkTransport.Whole(input), handler, new RecordingObserver());

        // Five bytes a reply in a buffer that grows by doubling; and one read in 4 kB, whose state machines are objects in a debug build.
        Assert.Equal(Warm + Measured + 10, handler.Headers);
        Assert.InRange(handler.AllocatedBytes, 0, replies ? 44_000 : 4_000);
    }

    private sealed class CountingHandler(bool replies) : IMilterHandler
    {
        private long _before;

        public int Headers { get; private set; }

        public long AllocatedBytes { get; private set; }

        public Requirements Negotiate(Offer offer) => new() { Events = MilterEvents.Header, Replies = replies ? MilterEvents.Header : MilterEvents.None };

        public ValueTask<Verdict> HeaderAsync(HeaderCommand command, CancellationToken cancellationToken)
        {
            Headers++;
            if (Headers == Warm)
            {
                _before = GC.GetAllocatedBytesForCurrentThread();
            }
            else if (Headers == Warm + Measured)
            {
                AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - _before;
            }

            return new(Verdict.Continue);
        }

        public void Negotiated(Agreement agreement)
        {
        }

        public ValueTask<Verdict> ConnectAsync(ConnectCommand command, CancellationToken cancellationToken) => default;

        public ValueTask<Verdict> HeloAsync(HeloCommand command, CancellationToken cancellationToken) => default;

        public ValueTask<Verdict> MailAsync(MailCommand command, CancellationToken cancellationToken) => default;

        public ValueTask<Verdict> RcptAsync(RcptCommand command, CancellationToken cancellationToken) => default;

        public ValueTask<Verdict> DataAsync(CancellationToken cancellationToken) => default;

        public ValueTask<Verdict> EndOfHeadersAsync(CancellationToken cancellationToken) => default;

        public ValueTask<Verdict> BodyAsync(BodyCommand command, CancellationToken cancellationToken) => default;

        public ValueTask<MessageVerdict> EndOfMessageAsync(CancellationToken cancellationToken) => new(MessageVerdict.Continue);

        public ValueTask<Verdict> UnknownAsync(UnknownCommand command, CancellationToken cancellationToken) => default;

        public ValueTask AbortAsync() => default;

        public ValueTask CloseAsync() => default;
    }
}
