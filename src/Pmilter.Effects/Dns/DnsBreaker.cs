namespace Pmilter.Effects.Dns;

/// <summary>
/// Leaves somebody alone who has failed so often in a row, so that mail does not wait for it; after a rest one question tries. In a row, not a
/// share of a time window: after busy hours a dead server would else be waited for until its good answers have left the window.
/// </summary>
internal sealed class DnsBreaker(int mostFailures, TimeSpan rest, TimeProvider time, Action<string> opened, Action closed)
{
    private readonly Lock _lock = new();
    private int _failures;
    private long _openedAt;
    private bool _isOpen;
    private bool _isTrying;

    public bool IsOpen
    {
        get
        {
            lock (_lock)
            {
                return _isOpen;
            }
        }
    }

    /// <summary>Whether to ask now. Who asks tells what came of it, or <see cref="Withdraw"/>.</summary>
    public bool Enter()
    {
        lock (_lock)
        {
            if (!_isOpen)
            {
                return true;
            }

            if (_isTrying || time.GetElapsedTime(_openedAt) < rest)
            {
                return false;
            }

            return _isTrying = true;
        }
    }

    /// <summary>Nothing was learned.</summary>
    public void Withdraw()
    {
        lock (_lock)
        {
            _isTrying = false;
        }
    }

    public void Succeed()
    {
        lock (_lock)
        {
            _failures = 0;
            _isTrying = false;
            if (!_isOpen)
            {
                return;
            }

            _isOpen = false;
        }

        closed();
    }

    public void Fail(string error)
    {
        lock (_lock)
        {
            _isTrying = false;
            if (_isOpen)
            {
                _openedAt = time.GetTimestamp();
                return;
            }

            if (++_failures < mostFailures)
            {
                return;
            }

            _isOpen = true;
            _openedAt = time.GetTimestamp();
        }

        opened(error);
    }
}
