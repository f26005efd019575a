using Microsoft.Extensions.Time.Testing;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Tests.Kit;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Tests.Sessions;

public sealed class DeadlineTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly RecordingObserver _observer = new();

    private SessionOptions Options => new() { Id = "t1", Clock = _clock };

    [Fact]
    public async Task Event_HandlerMissesDeadline_FailureVerdictAndTokenCancelled()
    {
        var release = new TaskCompletionSource<Verdict>();
        var token = CancellationToken.None;
        var handler = new ScriptedHandler
        {
            Decide = (command, cancel) =>
            {
                token = command == CommandCode.Connect ? cancel : token;
                return command == CommandCode.Connect ? new(release.Task) : new(Verdict.Continue);
            },
        };
        var transport = ChunkTransport.Whole(Frames.Join(Frames.Offer(), Frames.Connect(), Frames.Of('Q')));
        var session = Serve.RunAsync(transport, handler, _observer, Options);

        _clock.Advance(TimeSpan.FromSeconds(7.9));
        Assert.False(token.IsCancellationRequested);
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        await Eventually.IsTrueAsync(() => _observer.Failures.Count == 1);
        release.SetResult(Verdict.Accept);
        await session;

        Assert.True(token.IsCancellationRequested);
        Assert.Equal(["negotiate 6 1ff 400", "tempfail"], Replies(transport));
        Assert.Contains("longer than 8 s", Assert.Single(_observer.Failures), StringComparison.Ordinal);
        Assert.Equal(["Connect mx.example", "Close"], handler.Calls);
    }

    [Fact]
    public async Task Event_HandlerStillBusy_NextEventWaitsForItAndIsNotCalledAtOnce()
    {
        var release = new TaskCompletionSource<Verdict>();
        var handler = new ScriptedHandler
        {
            Decide = (command, _) => command == CommandCode.Mail ? new(release.Task) : new(Verdict.Continue),
        };
        var options = Options with { FailureVerdict = Verdict.Continue };
        var transport = ChunkTransport.Whole(Frames.Join(Frames.Offer(), Frames.Connect(), Frames.Of('M', "<a@b>\0"), Frames.Of('R', "<c@d>\0"), Frames.Of('Q')));
        var session = Serve.RunAsync(transport, handler, _observer, options);

        _clock.Advance(TimeSpan.FromSeconds(8));
        await Eventually.IsTrueAsync(() => _observer.Failures.Count == 1);
        Assert.DoesNotContain("Rcpt <c@d>", handler.Calls);
        release.SetResult(Verdict.Accept);
        await session;

        Assert.Equal(["Connect mx.example", "Mail <a@b>", "Rcpt <c@d>", "Abort", "Close"], handler.Calls);
        Assert.Equal(["negotiate 6 1ff 400", "continue", "continue", "continue"], Replies(transport));
    }

    [Fact]
    public async Task Event_HandlerNeverReturns_EveryEventIsAnsweredAndTheSessionEnds()
    {
        var handler = new ScriptedHandler
        {
            Decide = (command, _) => command == CommandCode.Mail ? new(new TaskCompletionSource<Verdict>().Task) : new(Verdict.Continue),
        };
        var transport = ChunkTransport.Whole(Frames.Join(Frames.Offer(), Frames.Connect(), Frames.Of('M', "<a@b>\0"), Frames.Of('M', "<c@d>\0"), Frames.Of('Q')));
        var session = Serve.RunAsync(transport, handler, _observer, Options);

        await AdvanceUntilDoneAsync(session);

        Assert.Equal(["negotiate 6 1ff 400", "continue", "tempfail", "tempfail"], Replies(transport));
        Assert.Equal(["Connect mx.example", "Mail <a@b>"], handler.Calls);
    }

    [Fact]
    public async Task EndOfMessage_SlowHandler_ProgressUntilItAnswers()
    {
        var answer = new TaskCompletionSource<MessageVerdict>();
        var handler = new ScriptedHandler { DecideMessage = _ => new(answer.Task) };
        var transport = ChunkTransport.Whole(Message());
        var session = Serve.RunAsync(transport, handler, _observer, Options);

        _clock.Advance(TimeSpan.FromSeconds(5));
        await Eventually.IsTrueAsync(() => transport.Writes == 2);
        _clock.Advance(TimeSpan.FromSeconds(5));
        await Eventually.IsTrueAsync(() => transport.Writes == 3);
        _clock.Advance(TimeSpan.FromSeconds(4));
        answer.SetResult(MessageVerdict.Continue with { Verdict = Verdict.Accept });
        await session;

        Assert.Equal(["progress", "progress", "accept"], Replies(transport)[^3..]);
        Assert.Empty(_observer.Failures);
    }

    [Fact]
    public async Task EndOfMessage_MissesDeadline_FailureVerdictAfterProgress()
    {
        var handler = new ScriptedHandler { DecideMessage = _ => new(new TaskCompletionSource<MessageVerdict>().Task) };
        var transport = ChunkTransport.Whole(Message());
        var session = Serve.RunAsync(transport, handler, _observer, Options);

        await AdvanceUntilDoneAsync(session);

        var replies = Replies(transport);
        Assert.Equal("tempfail", replies[^1]);
        Assert.InRange(replies.Count(r => r == "progress"), 5, 11);
        Assert.Contains("longer than 60 s", _observer.Failures[0], StringComparison.Ordinal);
        Assert.DoesNotContain("Abort", handler.Calls);
    }

    [Fact]
    public async Task Idle_NothingComes_ClosesWithWarning()
    {
        var (mta, filter) = MemoryTransport.CreatePair();
        var handler = new ScriptedHandler();
        var session = Serve.RunAsync(filter, handler, _observer, Options);
        await mta.WriteAsync(Frames.Offer(), CancellationToken.None);
        _ = await mta.ReadAsync(new byte[100], CancellationToken.None);

        await AdvanceUntilDoneAsync(session, TimeSpan.FromHours(1));

        Assert.Contains("No command came for 7210 s", Assert.Single(_observer.Warnings), StringComparison.Ordinal);
        Assert.Equal(["Close"], handler.Calls);
        Assert.Equal(0, await mta.ReadAsync(new byte[10], CancellationToken.None));
    }

    [Fact]
    public async Task Stop_WhileHandlerIsAsked_EndsAndClosesHandler()
    {
        using var stop = new CancellationTokenSource();
        var handler = new ScriptedHandler
        {
            Decide = async (_, cancel) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, _clock, cancel);
                return Verdict.Continue;
            },
        };
        var transport = ChunkTransport.Whole(Frames.Join(Frames.Offer(), Frames.Connect()));
        var session = new MilterSession(transport, _ => handler, Options, _observer).RunAsync(stop.Token);

        await stop.CancelAsync();
        await session;

        Assert.Equal(["Connect mx.example", "Close"], handler.Calls);
        Assert.Empty(_observer.Warnings);
        Assert.True(transport.IsDisposed);
    }

    [Fact]
    public async Task Throws_SynchronouslyOrLater_FailureVerdict()
    {
        var handler = new ScriptedHandler
        {
            Decide = async (command, _) =>
            {
                await Task.Yield();
                return command == CommandCode.Rcpt ? throw new InvalidOperationException("late") : Verdict.Continue;
            },
            DecideMessage = _ => throw new InvalidOperationException("at once"),
        };
        var transport = ChunkTransport.Whole(Message());
        await Serve.RunAsync(transport, handler, _observer, Options);

        Assert.Equal(["negotiate 6 1ff 400", "continue", "continue", "tempfail", "continue", "tempfail"], Replies(transport));
        Assert.Equal(2, _observer.Failures.Count);
        Assert.Equal("late", _observer.Details[0].Error?.Message);
        Assert.Equal(CommandCode.Rcpt, _observer.Details[0].Command);
        Assert.Equal(SessionState.Rcpt, _observer.Details[0].State);
    }

    private static byte[] Message() => Frames.Join(
        Frames.Offer(), Frames.Connect(), Frames.Of('M', "<a@b>\0"), Frames.Of('R', "<c@d>\0"), Frames.Of('N'), Frames.Of('E'), Frames.Of('Q'));

    private static List<string> Replies(ChunkTransport transport) => [.. Frames.Split(transport.Written).Select(TranscriptWords.Reply)];

    private async Task AdvanceUntilDoneAsync(Task session, TimeSpan? step = null)
    {
        await Eventually.IsTrueAsync(() =>
        {
            _clock.Advance(step ?? TimeSpan.FromMilliseconds(50));
            return session.IsCompleted;
        });
        await session;
    }
}
