using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pmilter.Policies.Scripts;
using Polly;
using Polly.CircuitBreaker;

namespace Pmilter.Effects.Ruby;

/// <summary>A breaker for each script: one that times out or crashes again and again is not run for a while.</summary>
internal sealed partial class RubyBreakers(TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Sampling = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);
    private const int Throughput = 10;

    private readonly ConcurrentDictionary<string, Breaker> _scripts = new(StringComparer.Ordinal);

    public IReadOnlyList<RestingScript> Resting =>
        [.. _scripts.Where(script => script.Value.State.CircuitState != CircuitState.Closed).Select(script => new RestingScript(script.Key, script.Value.Since, script.Value.Reason))];

    public async ValueTask<ScriptResult> RunAsync(string path, Func<ValueTask<ScriptResult>> run)
    {
        try
        {
            return await _scripts.GetOrAdd(path, Make).Pipeline.ExecuteAsync(static (run, _) => run(), run).ConfigureAwait(false);
        }
        catch (BrokenCircuitException)
        {
            return new ScriptResult(ScriptOutcome.Refused, 0, [], [], "it has failed so often that it rests for a while");
        }
    }

    private Breaker Make(string path)
    {
        var breaker = new Breaker();
        var options = new CircuitBreakerStrategyOptions<ScriptResult>
        {
            // An exception of the script costs nothing; a worker does.
            ShouldHandle = static answer => new ValueTask<bool>(answer.Outcome.Result?.Outcome is ScriptOutcome.TimedOut or ScriptOutcome.Crashed),
            FailureRatio = 0.5,
            MinimumThroughput = Throughput,
            SamplingDuration = Sampling,
            BreakDuration = Rest,
            StateProvider = breaker.State,
            OnOpened = opened =>
            {
                breaker.Open(time.GetUtcNow(), opened.Outcome.Result?.Failure ?? string.Empty);
                Log.Rests(logger, path, Rest.TotalSeconds);
                return default;
            },
            OnClosed = _ =>
            {
                breaker.Close();
                Log.Runs(logger, path);
                return default;
            },
        };
        breaker.Pipeline = new ResiliencePipelineBuilder<ScriptResult> { TimeProvider = time }.AddCircuitBreaker(options).Build();
        return breaker;
    }

    private sealed class Breaker
    {
        public CircuitBreakerStateProvider State { get; } = new();

        public ResiliencePipeline<ScriptResult> Pipeline { get; set; } = ResiliencePipeline<ScriptResult>.Empty;

        public DateTimeOffset Since { get; private set; }

        public string Reason { get; private set; } = string.Empty;

        /// <summary>A trial that fails after a rest opens it again: it has not run well since the first time.</summary>
        public void Open(DateTimeOffset now, string reason)
        {
            Since = Since == default ? now : Since;
            Reason = reason;
        }

        public void Close() => Since = default;
    }

    private static partial class Log
    {
        [LoggerMessage(563, LogLevel.Error, "{Script} has timed out or crashed again and again: it is not run for {Seconds} s; its on_error decides")]
        public static partial void Rests(ILogger logger, string script, double seconds);

        [LoggerMessage(564, LogLevel.Information, "{Script} runs again")]
        public static partial void Runs(ILogger logger, string script);
    }
}
