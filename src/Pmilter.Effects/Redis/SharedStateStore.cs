using Microsoft.Extensions.Logging;
using Pmilter.Effects.Counters;
using Pmilter.Policies.State;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;
using StackExchange.Redis;

namespace Pmilter.Effects.Redis;

/// <summary>
/// State shared through Redis, with this process's own kept warm beside it. An event asks both; Redis has a budget, and when it misses it
/// the own counters answer and go on answering (degraded), so that no later event waits, until a probe finds Redis well again. What held
/// or banned meanwhile is written back then; hits are not.
/// </summary>
public sealed partial class SharedStateStore : IStateStore, IAsyncDisposable
{
    private static readonly TimeSpan ProbeEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ProbePatience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan BesidePatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CareEvery = TimeSpan.FromMinutes(1);

    private readonly SharedStateOptions _options;
    private readonly MemoryStateStore _local;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CircuitBreakerManualControl _breaker = new();
    private readonly ResiliencePipeline _pipeline;
    private readonly WriteBack _writeBack = new();
    private readonly SharedKnowledge _knowledge;
    private ConnectionMultiplexer? _connection;
    private RedisStateStore? _redis;
    private int _isDegraded;
    private long _degradedSince;
    private bool _isClockWrong;

    public SharedStateStore(SharedStateOptions options, MemoryStateStore local, TimeProvider time, ILogger<SharedStateStore> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _local = local;
        _time = time;
        _logger = logger;
        _knowledge = new SharedKnowledge(local);
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions { ManualControl = _breaker, ShouldHandle = static _ => PredicateResult.False() })
            .AddTimeout(new TimeoutStrategyOptions { Timeout = options.Budget })
            .Build();
    }

    /// <summary>The shared store does not answer: this process's own counters do.</summary>
    public bool IsDegraded => Volatile.Read(ref _isDegraded) != 0;

    /// <summary>Null before <see cref="StartAsync"/>.</summary>
    public RedisStateStore? Redis => _redis;

    /// <summary>Connects. A server that cannot be reached stops nothing: it is degraded from the first event on.</summary>
    /// <exception cref="FormatException">The address cannot be read.</exception>
    public async Task StartAsync()
    {
        _connection = await ConnectionMultiplexer.ConnectAsync(_options.Connection()).ConfigureAwait(false);
        _redis = new RedisStateStore(_connection.GetDatabase(), _options.Prefix);
        try
        {
            await _redis.Database.PingAsync().WaitAsync(ProbePatience, _time).ConfigureAwait(false);
            await _redis.LoadAsync().WaitAsync(ProbePatience, _time).ConfigureAwait(false);
            await CareAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (IsOfRedis(failure))
        {
            await DegradeAsync(failure.Message).ConfigureAwait(false);
        }
    }

    public async ValueTask ExecuteAsync(StateBatch batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (_options.GoesOnLocally)
        {
            await _local.ExecuteAsync(batch, now, cancellationToken).ConfigureAwait(false);
        }

        if (SharedBatch.Of(batch, keepsStamps: _options.GoesOnLocally) is not { } shared)
        {
            await ExecuteLocalPartAsync(batch, now, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (!IsDegraded && await AskAsync(shared.Batch, now, cancellationToken).ConfigureAwait(false))
        {
            await ExecuteLocalPartAsync(batch, now, cancellationToken).ConfigureAwait(false);
            shared.CopyTo(batch, _knowledge, now, _options.GoesOnLocally);
            return;
        }

        if (!_options.GoesOnLocally)
        {
            throw new StateStoreException($"Redis did not answer within {_options.Budget.TotalMilliseconds} ms.");
        }

        batch.IsDegraded = true;
        _writeBack.Add(batch);
    }

    /// <summary>What a new policy set keeps in this process; in Redis a changed counter has another name, and what nobody asks for expires.</summary>
    public RetainReport Retain(StateInventory inventory) => _local.Retain(inventory);

    /// <summary>Probes while degraded, renews what is open, compares the clocks; until <paramref name="stop"/>.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(ProbeEvery, _time);
        var cared = _time.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
            {
                if (IsDegraded)
                {
                    await ProbeAsync().ConfigureAwait(false);
                }
                else if (_time.GetElapsedTime(cared) >= CareEvery)
                {
                    cared = _time.GetTimestamp();
                    await TryCareAsync().ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    /// <summary>Of a ban that was lifted by hand while Redis is away.</summary>
    internal void RemoveLater(StateOperation removal)
    {
        var batch = new StateBatch();
        batch.Add(removal);
        _writeBack.Add(batch);
    }

    /// <summary>
    /// Something that is no part of an event. Null where Redis does not answer: whether it is well is for events and probes to say.
    /// </summary>
    internal async Task<T?> AskBesideAsync<T>(Func<RedisStateStore, Task<T>> ask)
        where T : class
    {
        if (IsDegraded || _redis is not { } redis)
        {
            return null;
        }

        try
        {
            return await ask(redis).WaitAsync(BesidePatience, _time).ConfigureAwait(false);
        }
        catch (Exception failure) when (IsOfRedis(failure))
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static bool IsOfRedis(Exception failure) =>
        failure is StateStoreException or RedisException or TimeoutException or TimeoutRejectedException or ObjectDisposedException or BrokenCircuitException;

    /// <summary>Counters with <c>scope: local</c> where the rest is asked of Redis alone.</summary>
    private async ValueTask ExecuteLocalPartAsync(StateBatch batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (_options.GoesOnLocally || LocalBatch.Of(batch) is not { } part)
        {
            return;
        }

        await _local.ExecuteAsync(part.Batch, now, cancellationToken).ConfigureAwait(false);
        part.CopyTo(batch);
    }

    /// <summary>False when Redis did not answer in time; the first miss degrades, so that no message waits twice.</summary>
    private async ValueTask<bool> AskAsync(StateBatch shared, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            await _pipeline.ExecuteAsync(
                static (call, token) => new ValueTask(call.Redis!.ExecuteAsync(call.Shared, call.Now, token).AsTask().WaitAsync(token)),
                (Redis: _redis, Shared: shared, Now: now),
                cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception failure) when (IsOfRedis(failure))
        {
            await DegradeAsync(failure is TimeoutRejectedException ? $"no answer within {_options.Budget.TotalMilliseconds} ms" : failure.Message).ConfigureAwait(false);
            return false;
        }
    }

    private async ValueTask DegradeAsync(string reason)
    {
        if (Interlocked.Exchange(ref _isDegraded, 1) != 0)
        {
            return;
        }

        _degradedSince = _time.GetTimestamp();
        await _breaker.IsolateAsync().ConfigureAwait(false);
        if (_options.GoesOnLocally)
        {
            Log.Degraded(_logger, reason);
        }
        else
        {
            Log.Failing(_logger, reason);
        }
    }

    private async Task ProbeAsync()
    {
        try
        {
            await _redis!.Database.PingAsync().WaitAsync(ProbePatience, _time).ConfigureAwait(false);
            await _redis.LoadAsync().WaitAsync(ProbePatience, _time).ConfigureAwait(false);
            await WriteBackAsync().ConfigureAwait(false);
            await CareAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (IsOfRedis(failure))
        {
            return;
        }

        await _breaker.CloseAsync().ConfigureAwait(false);
        Volatile.Write(ref _isDegraded, 0);
        Log.Recovered(_logger, Math.Round(_time.GetElapsedTime(_degradedSince).TotalSeconds, 1));
    }

    private async Task WriteBackAsync()
    {
        while (_writeBack.Take(_time.GetUtcNow()) is { Count: > 0 } kept)
        {
            try
            {
                await _redis!.ExecuteAsync(kept, _time.GetUtcNow(), CancellationToken.None).AsTask().WaitAsync(ProbePatience, _time).ConfigureAwait(false);
            }
            catch (Exception failure) when (IsOfRedis(failure))
            {
                _writeBack.Return(kept);
                throw;
            }
        }
    }

    private async Task TryCareAsync()
    {
        try
        {
            await CareAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (IsOfRedis(failure))
        {
            await DegradeAsync(failure.Message).ConfigureAwait(false);
        }
    }

    private async Task CareAsync()
    {
        await _redis!.RenewAsync().WaitAsync(ProbePatience, _time).ConfigureAwait(false);
        if (!ReferenceEquals(_time, TimeProvider.System))
        {
            return;
        }

        var difference = await _redis.SynchroniseAsync(_time).WaitAsync(ProbePatience, _time).ConfigureAwait(false);
        var isWrong = difference.Duration() > TimeSpan.FromSeconds(1);
        if (isWrong && !_isClockWrong)
        {
            Log.ClockDiffers(_logger, Math.Round(difference.TotalSeconds, 1));
        }

        _isClockWrong = isWrong;
    }

    private static partial class Log
    {
        [LoggerMessage(500, LogLevel.Warning, "The shared state does not answer ({Reason}): this server goes on with its own counters (degraded: local)")]
        public static partial void Degraded(ILogger logger, string reason);

        [LoggerMessage(501, LogLevel.Warning, "The shared state does not answer ({Reason}): on_error decides until it does")]
        public static partial void Failing(ILogger logger, string reason);

        [LoggerMessage(502, LogLevel.Information, "The shared state answers again after {Seconds} s; what held or banned meanwhile is written back")]
        public static partial void Recovered(ILogger logger, double seconds);

        [LoggerMessage(503, LogLevel.Warning, "This machine's clock differs from Redis's by {Seconds} s; state goes by Redis's. Is NTP running?")]
        public static partial void ClockDiffers(ILogger logger, double seconds);
    }
}
