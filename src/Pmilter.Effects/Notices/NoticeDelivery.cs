using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace Pmilter.Effects.Notices;

/// <summary>How patient the delivery of notices is. The defaults suit a person who waits for them; tests are in more of a hurry.</summary>
public sealed record NoticeDelivery
{
    /// <summary>Of one attempt.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Attempts after the first.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>Before the first of them; doubles, with jitter.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A target that failed so often is left alone that long; then one attempt shows whether it is back.</summary>
    public TimeSpan Rest { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A notice that is older is of no use any more.</summary>
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Notices that wait; further ones are left out.</summary>
    public int Queue { get; init; } = 1000;

    /// <summary>At most so many in a minute; further ones are left out. Default 30, 1 to 10,000.</summary>
    public int PerMinute { get; init; } = 30;

    /// <summary>What waits when the server stops may take that long.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(5);

    internal ResiliencePipeline<string> Pipeline(TimeProvider time)
    {
        var mayPass = new PredicateBuilder<string>().Handle<NoticeException>(failure => !failure.IsPermanent).Handle<TimeoutRejectedException>();
        var builder = new ResiliencePipelineBuilder<string> { TimeProvider = time };
        if (Retries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions<string>
            {
                ShouldHandle = mayPass,
                MaxRetryAttempts = Retries,
                Delay = RetryAfter,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
            });
        }

        return builder
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<string>
            {
                ShouldHandle = mayPass,
                FailureRatio = 0.9,
                MinimumThroughput = Math.Max(2, Retries + 1),
                SamplingDuration = TimeSpan.FromMinutes(1),
                BreakDuration = Rest,
            })
            .AddTimeout(Timeout)
            .Build();
    }
}
