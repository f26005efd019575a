using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Transports;

namespace Pmilter.Protocol.Tests.Kit;

internal static class Serve
{
    public static SessionOptions Options { get; } = new() { Id = "t1", Listener = "test" };

    public static Task RunAsync(ITransport transport, IMilterHandler handler, RecordingObserver observer, SessionOptions? options = null) =>
        new MilterSession(transport, _ => handler, options ?? Options, observer).RunAsync(CancellationToken.None);

    /// <summary>Runs a session over the packets; gives what was written.</summary>
    public static async Task<ChunkTransport> RunAsync(IMilterHandler handler, RecordingObserver observer, params byte[][] frames)
    {
        var transport = ChunkTransport.Whole(Frames.Join(frames));
        await RunAsync(transport, handler, observer);
        return transport;
    }
}
