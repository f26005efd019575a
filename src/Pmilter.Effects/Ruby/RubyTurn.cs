namespace Pmilter.Effects.Ruby;

/// <summary>
/// One at a time, in the order in which they came. The next goes on in the thread that releases: his request is on its way before the one who
/// was there goes on with his answer, and no thread of the pool is woken for it.
/// </summary>
internal sealed class RubyTurn
{
    private readonly Lock _gate = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private bool _isTaken;

    /// <summary>Calls that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count(waiter => !waiter.Task.IsCompleted);
            }
        }
    }

    public bool IsTaken => Volatile.Read(ref _isTaken);

    public bool TryTake()
    {
        lock (_gate)
        {
            return !_isTaken && (_isTaken = true);
        }
    }

    /// <exception cref="OperationCanceledException">It took too long; the turn is not taken.</exception>
    public ValueTask TakeAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource waiter;
        lock (_gate)
        {
            if (!_isTaken)
            {
                _isTaken = true;
                return ValueTask.CompletedTask;
            }

            waiter = new TaskCompletionSource();
            _waiting.Enqueue(waiter);
        }

        return WaitAsync(waiter, cancellationToken);
    }

    public void Release()
    {
        while (true)
        {
            TaskCompletionSource? next;
            lock (_gate)
            {
                if (!_waiting.TryDequeue(out next))
                {
                    _isTaken = false;
                    return;
                }
            }

            // Who has given up is passed over.
            if (next.TrySetResult())
            {
                return;
            }
        }
    }

    private static async ValueTask WaitAsync(TaskCompletionSource waiter, CancellationToken cancellationToken)
    {
        using var giveUp = cancellationToken.UnsafeRegister(static (waiter, token) => ((TaskCompletionSource)waiter!).TrySetCanceled(token), waiter);
        await waiter.Task.ConfigureAwait(false);
    }
}
