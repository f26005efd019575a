namespace Pmilter.Protocol.Sessions;

/// <summary>Waits for a handler's tasks, each with its deadline, and keeps the one that missed it.</summary>
internal sealed class HandlerClock(TimeProvider clock, CancellationToken stop) : IDisposable
{
    private CancellationTokenSource _source = CancellationTokenSource.CreateLinkedTokenSource(stop);
    private Task _watched = Task.CompletedTask;

    /// <summary>The token that a handler gets; cancelled at its deadline and when the session is stopped.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether the handler is still busy with an event that has been answered, or left, without it.</summary>
    public bool HasLate => !_watched.IsCompleted;

    /// <summary>Waits for the handler to leave an event that it was too late for: its methods are never called at once.</summary>
    /// <param name="deadline">How long.</param>
    /// <param name="isLast">Whether to wait even when the session is stopped.</param>
    public Task<bool> LateFinishesAsync(TimeSpan deadline, bool isLast = false) =>
        FinishesAsync(_watched, deadline, isLast ? CancellationToken.None : stop);

    /// <summary>Waits; false at the deadline. The task's own failure is the caller's to see.</summary>
    /// <param name="task">The handler's.</param>
    /// <param name="deadline">How long in all.</param>
    /// <param name="interval">How often <paramref name="progress"/> is made meanwhile.</param>
    /// <param name="progress">Null for none.</param>
    /// <exception cref="OperationCanceledException">The session is stopped.</exception>
    public async Task<bool> FinishesAsync(Task task, TimeSpan deadline, TimeSpan interval, Func<ValueTask>? progress)
    {
        var started = clock.GetTimestamp();
        for (var left = deadline; left > TimeSpan.Zero; left = deadline - clock.GetElapsedTime(started))
        {
            var slice = progress is null || interval > left ? left : interval;
            if (await FinishesAsync(task, slice, stop).ConfigureAwait(false))
            {
                return true;
            }

            if (progress is not null && clock.GetElapsedTime(started) < deadline)
            {
                await progress().ConfigureAwait(false);
            }
        }

        return task.IsCompleted;
    }

    /// <summary>Keeps a task in view from its start: whatever breaks the wait for it, the handler is known to be busy.</summary>
    public void Watch(Task task)
    {
        _watched = task;
        _ = ObserveAsync(task);
    }

    /// <summary>Cancels the handler's token; the task stays behind.</summary>
    public async Task GiveUpAsync()
    {
        var source = _source;
        _source = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await source.CancelAsync().ConfigureAwait(false);
        source.Dispose();
    }

    public void Dispose() => _source.Dispose();

    private async Task<bool> FinishesAsync(Task task, TimeSpan time, CancellationToken cancellationToken)
    {
        await task.WaitAsync(time, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return task.IsCompleted;
    }

    /// <summary>The failure is for who awaits the task itself; a late one has been reported as lateness.</summary>
    private static async Task ObserveAsync(Task task) => await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
