namespace Pmilter.Server;

/// <summary>Ends a round of accepting, and lets the next begin. One round and one pause at a time.</summary>
internal sealed class AcceptPause
{
    private readonly Lock _gate = new();
    private CancellationTokenSource? _round;
    private TaskCompletionSource? _rests;
    private TaskCompletionSource? _over;

    /// <summary>From the wish to its end.</summary>
    public bool IsOn => Volatile.Read(ref _rests) is not null;

    /// <summary>Completes when nothing is accepted any more.</summary>
    public Task BeginAsync()
    {
        CancellationTokenSource? round;
        Task rests;
        lock (_gate)
        {
            _over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _rests = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (round, rests) = (_round, _rests.Task);
        }

        // Listeners end in this very call, and come back to the lock.
        round?.Cancel();
        return rests;
    }

    public void End()
    {
        lock (_gate)
        {
            _rests = null;
            _over?.TrySetResult();
        }
    }

    /// <summary>A round that ends with the next pause, or the server. Never disposed: its end may still be on its way when the round is over.</summary>
    public CancellationToken Round(CancellationToken stop)
    {
        lock (_gate)
        {
            _round = CancellationTokenSource.CreateLinkedTokenSource(stop);
            if (_rests is not null)
            {
                _round.Cancel();
            }

            return _round.Token;
        }
    }

    /// <summary>To be asked when a round has ended: true when another one is to begin, false when the server stops.</summary>
    public async Task<bool> IsOverAsync(CancellationToken stop)
    {
        Task over;
        lock (_gate)
        {
            _round = null;
            _rests?.TrySetResult();
            over = _over?.Task ?? Task.CompletedTask;
        }

        try
        {
            await over.WaitAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }

        return !stop.IsCancellationRequested;
    }
}
