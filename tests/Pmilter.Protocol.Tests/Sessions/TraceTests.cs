using Pmilter.Protocol.Tests.Kit;

namespace Pmilter.Protocol.Tests.Sessions;

public sealed class TraceTests
{
    [Theory]
    [MemberData(nameof(Trace.All), MemberType = typeof(Trace))]
    public async Task Recorded_SameVerdicts_SameBytes(string name)
    {
        var trace = Trace.Load(name);
        await ReplayAsync(trace, new ChunkTransport(trace.Reads));
        await ReplayAsync(trace, ChunkTransport.Whole(trace.Input));
        await ReplayAsync(trace, ChunkTransport.ByteByByte(trace.Input));
    }

    [Fact]
    public void Traces_AreAllThere() => Assert.True(Trace.All().Count >= 90);

    private static async Task ReplayAsync(Trace trace, ChunkTransport transport)
    {
        var policy = new TraceHandler(trace);
        var observer = new RecordingObserver();
        await Serve.RunAsync(transport, policy.Handler, observer);

        Assert.Empty(observer.Warnings);
        Assert.Empty(observer.Failures);
        Assert.Equal(Convert.ToHexString(policy.Expected), Convert.ToHexString(transport.Written));
        Assert.Equal(0, policy.Left);
        Assert.True(transport.IsDisposed);
        Assert.Equal(policy.Handler.Agreement is null ? 0 : 1, policy.Handler.Calls.Count(c => c == "Close"));
    }
}
