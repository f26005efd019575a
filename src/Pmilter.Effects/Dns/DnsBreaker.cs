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

    /// <summary>Whether to ask now. Who asks tells what came of it.</summary>
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

    /// <summary>Nothing was learned; counting begins anew.</summary>
    public void Withdraw()
    {
        lock (_lock)
        {
            _failures = 0;
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

    /// <summary>True when it is time to open, or to stay open: <see cref="Open"/>, if nothing speaks against it.</summary>
    public bool Fail()
    {
        lock (_lock)
        {
            return _isOpen ? _isTrying : ++_failures == mostFailures;
        }
    }

    public void Open(string error)
    {
        lock (_lock)
        {
            _isTrying = false;
            _failures = 0;
            _openedAt = time.GetTimestamp();
            if (_isOpen)
            {
                return;
            }

            _isOpen = true;
        }

        opened(error);
    }
}
