namespace Pmilter.Server;

/// <summary><c>delay:</c> steps, at most <c>server.max_delayed</c> at once: beyond it the answer goes out at once, so that delaying cannot use the server up.</summary>
internal sealed class DelayGate(int limit, TimeProvider time)
{
    private int _waiting;

    public async ValueTask WaitAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        if (delay <= TimeSpan.Zero)
        {
            return;
        }

        try
        {
            if (Interlocked.Increment(ref _waiting) <= limit)
            {
                await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
