using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Pmilter.Effects.Notices;
using Pmilter.TestKit;

namespace Pmilter.Effects.Tests.Notices;

public sealed class NoticeOutboxTests
{
    private static readonly NoticeDelivery Hasty = new()
    {
        RetryAfter = TimeSpan.FromMilliseconds(1),
        Rest = TimeSpan.FromMilliseconds(500),
        PerMinute = 10_000,
    };

    private readonly KeptLines _log = new();

    [Fact]
    public async Task Post_ServerErrors_AreTriedAgainAndLoggedOnce()
    {
        await using var sink = new HttpSink(HttpSink.Status(500), HttpSink.Status(503), HttpSink.Status(200));
        await using var outbox = Outbox(sink, Hasty);
        outbox.Post(Reports.Of());
        await AwaitAsync("sent by");

        Assert.Equal(3, sink.Count);
        Assert.Equal(0, outbox.Dropped);
        Assert.Equal($"Information: Notice to oncall sent by webhook 127.0.0.1:{sink.Url.Port}, answer 200 OK: Ban p/b of alice", Assert.Single(_log.Lines));
    }

    [Fact]
    public async Task Post_TargetAway_IsWarnedOfOnceAndOnceWhenItIsBack()
    {
        var down = Enumerable.Repeat(HttpSink.Status(500), 9).ToArray();
        await using var sink = new HttpSink([.. down, HttpSink.Status(200)]);
        await using var outbox = Outbox(sink, Hasty);
        outbox.Post(Reports.Of());
        outbox.Post(Reports.Of());
        await AwaitAsync("arrive again");
        await AwaitAsync("sent by", 2);

        Assert.Single(_log.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
        Assert.Equal(0, outbox.Dropped);
    }

    [Fact]
    public async Task Post_RefusedForGood_IsNotTriedAgain_AndTheNextSaysHowManyWereLost()
    {
        await using var sink = new HttpSink(HttpSink.Status(400), HttpSink.Status(200));
        await using var outbox = Outbox(sink, Hasty);
        outbox.Post(Reports.Of("first"));
        outbox.Post(Reports.Of("second"));
        await AwaitAsync("arrive again; lost meanwhile: 1");

        Assert.Equal((2, 1L), (sink.Count, outbox.Dropped));
        await sink.NextAsync();
        Assert.Equal(1, JsonDocument.Parse((await sink.NextAsync()).Body).RootElement.GetProperty("left_out").GetInt32());
    }

    [Fact]
    public async Task Post_NoAnswer_NeverWaitsAndQueuesNoMoreThanItMay()
    {
        await using var sink = new HttpSink([null]);
        var outbox = Outbox(sink, Hasty with { Queue = 10, Grace = TimeSpan.FromMilliseconds(50) });
        outbox.Post(Reports.Of());
        await sink.NextAsync();
        for (var i = 0; i < 1_000; i++)
        {
            outbox.Post(Reports.Of());
        }

        Assert.Equal(990, outbox.Dropped);
        Assert.Single(_log.Lines, line => line.Contains("are too many", StringComparison.Ordinal));

        await outbox.DisposeAsync();
        Assert.Contains(_log.Lines, line => line.Contains("were not sent when the server stopped: 11", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Post_MoreThanAMinuteTakes_LeavesTheRestOut()
    {
        var time = new FakeTimeProvider();
        await using var sink = new HttpSink();
        await using var outbox = new NoticeOutbox("oncall", new WebhookChannel(sink.Url, null), new NoticeDelivery { PerMinute = 3 }, time, _log);
        for (var i = 0; i < 50; i++)
        {
            outbox.Post(Reports.Of());
        }

        Assert.Equal(47, outbox.Dropped);

        // None is on its way when time jumps: its own time would be over.
        await AwaitAsync("sent by", 3);
        time.Advance(TimeSpan.FromMinutes(1));
        outbox.Post(Reports.Of());
        await AwaitAsync("sent by", 4);
        Assert.Equal(47, outbox.Dropped);
        Assert.Single(_log.Lines, line => line.Contains("are too many", StringComparison.Ordinal));
        Assert.Single(_log.Lines, line => line.Contains("are sent again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Dispose_SendsWhatWaits()
    {
        await using var sink = new HttpSink();
        var outbox = Outbox(sink, Hasty);
        for (var i = 0; i < 20; i++)
        {
            outbox.Post(Reports.Of());
        }

        await outbox.DisposeAsync();
        Assert.Equal((20, 0L), (sink.Count, outbox.Dropped));
    }

    private NoticeOutbox Outbox(HttpSink sink, NoticeDelivery delivery) => new("oncall", new WebhookChannel(sink.Url, null), delivery, TimeProvider.System, _log);

    private async Task AwaitAsync(string text, int times = 1)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (_log.Lines.Count(line => line.Contains(text, StringComparison.Ordinal)) < times)
        {
            await Task.Delay(5, limit.Token);
        }
    }

    private sealed class KeptLines : ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyList<string> Lines => [.. _lines];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue($"{logLevel}: {formatter(state, exception)}");
    }
}
