using Pmilter.Policies.State;

namespace Pmilter.Effects.Counters.HandOver;

/// <summary>
/// This process's memory until another process has taken over; from then on that one's. In between, while the state is on its way, operations
/// wait: at any moment one process counts. Gauges stay here: what is open in this process ends in it.
/// </summary>
public sealed class HandOverStore(MemoryStateStore own) : IStateStore
{
    private const int Stripes = 16;

    /// <summary>A line of the processor's cache each, so that threads do not wait for each other.</summary>
    private const int StripeLength = 16;

    private readonly int[] _inside = new int[Stripes * StripeLength];
    private TaskCompletionSource<StateForwarder?>? _held;

    public ValueTask ExecuteAsync(StateBatch batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ref var inside = ref _inside[Thread.GetCurrentProcessorId() % Stripes * StripeLength];
        Interlocked.Increment(ref inside);
        try
        {
            // Read behind the mark: Hold sees the mark, or this sees the hold.
            if (Volatile.Read(ref _held) is null)
            {
                return own.ExecuteAsync(batch, now, cancellationToken);
            }
        }
        finally
        {
            Interlocked.Decrement(ref inside);
        }

        return LaterAsync(batch, now, cancellationToken);
    }

    /// <summary>Operations wait from now on; those that had begun are over when this returns.</summary>
    public void Hold()
    {
        Interlocked.Exchange(ref _held, new TaskCompletionSource<StateForwarder?>(TaskCreationOptions.RunContinuationsAsynchronously));
        var wait = new SpinWait();
        while (Enumerable.Range(0, Stripes).Sum(i => Volatile.Read(ref _inside[i * StripeLength])) != 0)
        {
            wait.SpinOnce();
        }
    }

    /// <summary>Nobody took over: all is as before.</summary>
    public void Resume() => Interlocked.Exchange(ref _held, null)?.TrySetResult(null);

    /// <summary>The other process has the state; what waits goes there.</summary>
    public void HandTo(StateForwarder successor) => _held?.TrySetResult(successor);

    private async ValueTask LaterAsync(StateBatch batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var successor = Volatile.Read(ref _held) is { } held ? await held.Task.WaitAsync(cancellationToken).ConfigureAwait(false) : null;
        if (successor is null)
        {
            await ExecuteAsync(batch, now, cancellationToken).ConfigureAwait(false);
            return;
        }

        var (here, there) = (HandedPart.Of(batch, isGauge: true), HandedPart.Of(batch, isGauge: false));
        if (!await there.TryAsync(successor, now, cancellationToken).ConfigureAwait(false))
        {
            await own.ExecuteAsync(batch, now, cancellationToken).ConfigureAwait(false);
            return;
        }

        await own.ExecuteAsync(here.Batch, now, cancellationToken).ConfigureAwait(false);
        here.CopyTo(batch);
        there.CopyTo(batch);
    }

    /// <summary>Some operations of a batch, and where their results belong.</summary>
    private sealed record HandedPart(StateBatch Batch, List<int> Places)
    {
        public static HandedPart Of(StateBatch from, bool isGauge)
        {
            var part = new HandedPart(new StateBatch(), []);
            for (var i = 0; i < from.Count; i++)
            {
                if (from[i].Counter is { Kind: WindowKind.Gauge } == isGauge)
                {
                    part.Batch.Add(from[i]);
                    part.Places.Add(i);
                }
            }

            return part;
        }

        public ValueTask<bool> TryAsync(StateForwarder successor, DateTimeOffset now, CancellationToken cancellationToken) =>
            Batch.Count == 0 ? ValueTask.FromResult(true) : successor.TryExecuteAsync(Batch, now, cancellationToken);

        public void CopyTo(StateBatch to)
        {
            for (var i = 0; i < Places.Count; i++)
            {
                to[Places[i]] = Batch[i];
            }
        }
    }
}
