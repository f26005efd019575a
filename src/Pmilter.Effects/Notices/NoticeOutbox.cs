using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Pmilter.Effects.Notices;

/// <summary>
/// What waits for one target and way, and the one task that sends it. Mail never waits for it: what is too much is left out, counted,
/// and the next notice says how many there were. A target that fails is warned of once, and once when it is back.
/// </summary>
public sealed partial class NoticeOutbox : IAsyncDisposable
{
    private readonly string _target;
    private readonly INoticeChannel _channel;
    private readonly NoticeDelivery _delivery;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline<string> _pipeline;
    private readonly Channel<NoticeReport> _queue;
    private readonly NoticePace _pace;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _run;
    private bool _isFull;
    private bool _isFailing;
    private long _leftOut;
    private long _lost;
    private long _sent;

    /// <summary>Begins to send.</summary>
    /// <param name="channel">Disposed with the outbox.</param>
    public NoticeOutbox(string target, INoticeChannel channel, NoticeDelivery delivery, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(channel);
        ArgumentNullException.ThrowIfNull(delivery);
        _target = target;
        _channel = channel;
        _delivery = delivery;
        _time = time;
        _logger = logger;
        _pipeline = delivery.Pipeline(time);
        _pace = new NoticePace(delivery.PerMinute, time);
        _queue = Channel.CreateBounded<NoticeReport>(new BoundedChannelOptions(delivery.Queue) { SingleReader = true });
        _run = Task.Run(RunAsync);
    }

    public string Target => _target;

    /// <summary>How they go: <c>mail</c> or <c>webhook</c>.</summary>
    public string Way => _channel.Name;

    /// <summary>Notices that the target has taken.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Notices that were not sent so far: too many at once, refused by the target, or too old when it came back.</summary>
    public long Dropped { get; private set; }

    /// <summary>Never waits.</summary>
    public void Post(NoticeReport notice)
    {
        lock (_gate)
        {
            var isTaken = _pace.TryTake() && _queue.Writer.TryWrite(notice);
            if (!isTaken)
            {
                _leftOut++;
                Dropped++;
            }

            if (!isTaken && !_isFull)
            {
                Log.Full(_logger, _target, _channel.Name, _delivery.PerMinute, _delivery.Queue);
            }
            else if (isTaken && _isFull)
            {
                Log.HasRoom(_logger, _target, _channel.Name, _leftOut);
            }

            _isFull = !isTaken;
        }
    }

    /// <summary>Sends what waits, for <see cref="NoticeDelivery.Grace"/> at most.</summary>
    public async Task CloseAsync()
    {
        _queue.Writer.TryComplete();
        await _closing.CancelAsync().ConfigureAwait(false);
        _end.CancelAfter(_delivery.Grace);
        await _run.ConfigureAwait(false);
        if (_lost > 0)
        {
            Log.Lost(_logger, _target, _channel.Name, _lost);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        _channel.Dispose();
        _closing.Dispose();
        _end.Dispose();
    }

    private async Task RunAsync()
    {
        await foreach (var notice in _queue.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            try
            {
                await DeliverAsync(notice).ConfigureAwait(false);
            }
            catch (Exception bug) when (bug is not OperationCanceledException)
            {
                Lose();
                Fail($"{bug.GetType().Name}: {bug.Message}");
            }
            catch (OperationCanceledException)
            {
                Lose();
            }
        }
    }

    private async Task DeliverAsync(NoticeReport notice)
    {
        var waitsSince = _time.GetTimestamp();
        while (!await TrySendAsync(notice).ConfigureAwait(false))
        {
            if (_closing.IsCancellationRequested || _time.GetElapsedTime(waitsSince) + _delivery.Rest > _delivery.KeepFor)
            {
                Lose();
                return;
            }

            await RestAsync().ConfigureAwait(false);
        }
    }

    /// <summary>False when it may succeed later.</summary>
    private async Task<bool> TrySendAsync(NoticeReport notice)
    {
        var leftOut = TakeLeftOut();
        try
        {
            var answer = await _pipeline.ExecuteAsync(
                static async (call, token) => await call.Channel.SendAsync(call.Notice, token).ConfigureAwait(false),
                (Channel: _channel, Notice: notice with { LeftOut = leftOut }),
                _end.Token).ConfigureAwait(false);
            Interlocked.Increment(ref _sent);
            Log.Sent(_logger, _target, _channel.Name, answer, notice.Text);
            Recover();
            return true;
        }
        catch (NoticeException failure)
        {
            ReturnLeftOut(leftOut);
            Fail(failure.Message);
            if (failure.IsPermanent)
            {
                Lose();
            }

            return failure.IsPermanent;
        }
        catch (Exception failure) when (failure is TimeoutRejectedException or BrokenCircuitException)
        {
            ReturnLeftOut(leftOut);
            Fail(failure is TimeoutRejectedException ? FormattableString.Invariant($"no answer within {_delivery.Timeout.TotalSeconds} s") : failure.Message);
            return false;
        }
    }

    private async Task RestAsync()
    {
        try
        {
            await Task.Delay(_delivery.Rest, _time, _closing.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The server stops: one more attempt.
        }
    }

    private void Fail(string reason)
    {
        if (!_isFailing)
        {
            Log.Failing(_logger, _target, _channel.Name, reason);
        }

        _isFailing = true;
    }

    private void Recover()
    {
        if (_isFailing)
        {
            Log.Recovered(_logger, _target, _channel.Name, _lost);
        }

        _isFailing = false;
        _lost = 0;
    }

    private void Lose()
    {
        lock (_gate)
        {
            _lost++;
            _leftOut++;
            Dropped++;
        }
    }

    private long TakeLeftOut()
    {
        lock (_gate)
        {
            var taken = _leftOut;
            _leftOut = 0;
            return taken;
        }
    }

    private void ReturnLeftOut(long count)
    {
        lock (_gate)
        {
            _leftOut += count;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(610, LogLevel.Information, "Notice to {Target} sent by {Way}, answer {Answer}: {Text}")]
        public static partial void Sent(ILogger logger, string target, string way, string answer, string text);

        [LoggerMessage(611, LogLevel.Warning, "Notices to {Target} by {Way} fail: {Reason}")]
        public static partial void Failing(ILogger logger, string target, string way, string reason);

        [LoggerMessage(612, LogLevel.Information, "Notices to {Target} by {Way} arrive again; lost meanwhile: {Lost}")]
        public static partial void Recovered(ILogger logger, string target, string way, long lost);

        [LoggerMessage(613, LogLevel.Warning, "Notices to {Target} by {Way} are too many (over {PerMinute} a minute, or {Queue} that wait): further ones are left out")]
        public static partial void Full(ILogger logger, string target, string way, int perMinute, int queue);

        [LoggerMessage(614, LogLevel.Information, "Notices to {Target} by {Way} are sent again; left out: {LeftOut}")]
        public static partial void HasRoom(ILogger logger, string target, string way, long leftOut);

        [LoggerMessage(615, LogLevel.Warning, "Notices to {Target} by {Way} that were not sent when the server stopped: {Lost}")]
        public static partial void Lost(ILogger logger, string target, string way, long lost);
    }
}
