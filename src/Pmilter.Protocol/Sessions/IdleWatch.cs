namespace Pmilter.Protocol.Sessions;

/// <summary>Cancels a session whose MTA has fallen silent. One timer a session, which looks at the last sign of life.</summary>
internal sealed class IdleWatch : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly TimeSpan _timeout;
    private readonly CancellationTokenSource _source;
    private readonly ITimer _timer;
    private long _lastSign;

    public IdleWatch(TimeProvider clock, TimeSpan timeout, CancellationToken stop)
    {
        _clock = clock;
        _timeout = timeout;
        _source = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _lastSign = clock.GetTimestamp();
        _timer = clock.CreateTimer(static state => ((IdleWatch)state!).Look(), this, timeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancelled when the MTA is silent for too long, or the session is stopped.</summary>
    public CancellationToken Token => _source.Token;

    public bool IsExpired { get; private set; }

    public void SignOfLife() => Volatile.Write(ref _lastSign, _clock.GetTimestamp());

    public void Dispose()
    {
        _timer.Dispose();
        _source.Dispose();
    }

    private void Look()
    {
        var left = _timeout - _clock.GetElapsedTime(Volatile.Read(ref _lastSign));
        if (left > TimeSpan.Zero)
        {
            _timer.Change(left, Timeout.InfiniteTimeSpan);
            return;
        }

        IsExpired = true;
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The session ended in this very moment.
        }
    }
}
