namespace Pmilter.Server;

/// <summary>Takes expired counters, holds and bans out of memory from time to time.</summary>
internal sealed class StateSweep(ServerState state, TimeProvider time)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                state.Sweep(time.GetUtcNow());
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }
}
