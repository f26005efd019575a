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

    private readonly ConcurrentDictionary<string, (ResiliencePipeline<ScriptResult> Pipeline, CircuitBreakerStateProvider State)> _scripts = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Resting => [.. _scripts.Where(script => script.Value.State.CircuitState != CircuitState.Closed).Select(script => script.Key)];

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

    private (ResiliencePipeline<ScriptResult> Pipeline, CircuitBreakerStateProvider State) Make(string path)
    {
        var state = new CircuitBreakerStateProvider();
        var options = new CircuitBreakerStrategyOptions<ScriptResult>
        {
            // An exception of the script costs nothing; a worker does.
            ShouldHandle = static answer => new ValueTask<bool>(answer.Outcome.Result?.Outcome is ScriptOutcome.TimedOut or ScriptOutcome.Crashed),
            FailureRatio = 0.5,
            MinimumThroughput = Throughput,
            SamplingDuration = Sampling,
            BreakDuration = Rest,
            StateProvider = state,
            OnOpened = _ =>
            {
                Log.Rests(logger, path, Rest.TotalSeconds);
                return default;
            },
            OnClosed = _ =>
            {
                Log.Runs(logger, path);
                return default;
            },
        };
        return (new ResiliencePipelineBuilder<ScriptResult> { TimeProvider = time }.AddCircuitBreaker(options).Build(), state);
    }

    private static partial class Log
    {
        [LoggerMessage(563, LogLevel.Error, "{Script} has timed out or crashed again and again: it is not run for {Seconds} s; its on_error decides")]
        public static partial void Rests(ILogger logger, string script, double seconds);

        [LoggerMessage(564, LogLevel.Information, "{Script} runs again")]
        public static partial void Runs(ILogger logger, string script);
    }
}
