using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Tests.Kit;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Tests.Sessions;

public sealed class MacroScopeTests
{
    /// <summary>The queue id of one message is not seen in the next, and what came with connect stays: over ABORT and three messages.</summary>
    [Fact]
    public async Task Recorded_TwoMessagesAndReset_IdsBelongToTheirMessages()
    {
        foreach (var name in new[] { "postfix/two-messages-01.trace", "postfix/rset-01.trace" })
        {
            var trace = Trace.Load(name);
            ISessionContext? context = null;
            var seen = new List<(CommandCode, string?, string?)>();
            var handler = new ScriptedHandler
            {
                Decide = (command, _) =>
                {
                    seen.Add((command, context?.Macros["i"], context?.Macros["j"]));
                    return new(Verdict.Continue);
                },
            };
            var session = new MilterSession(ChunkTransport.Whole(trace.Input), c => { context = c; return handler; }, Serve.Options, new RecordingObserver());
            await session.RunAsync(CancellationToken.None);

            Assert.All(seen, s => Assert.Equal("mx.lab.test", s.Item3));
            Assert.All(seen.Where(s => s.Item1 == CommandCode.Mail), s => Assert.Null(s.Item2));
            Assert.All(seen.Where(s => s.Item1 == CommandCode.EndOfHeaders), s => Assert.NotNull(s.Item2));
        }
    }
}
