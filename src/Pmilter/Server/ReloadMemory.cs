using Pmilter.Admin.Status;

namespace Pmilter.Server;

/// <summary>When the policies in force came, and what the last reload did.</summary>
internal sealed class ReloadMemory(TimeProvider time)
{
    private (DateTimeOffset Since, ReloadStatus? Last) _state = (time.GetUtcNow(), null);
    private readonly Lock _gate = new();

    public DateTimeOffset Since
    {
        get
        {
            lock (_gate)
            {
                return _state.Since;
            }
        }
    }

    /// <summary>Null when there was none.</summary>
    public ReloadStatus? Last
    {
        get
        {
            lock (_gate)
            {
                return _state.Last;
            }
        }
    }

    public void Replaced()
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            _state = (now, new ReloadStatus(now, true, string.Empty));
        }
    }

    public void Kept(string reason)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            _state = (_state.Since, new ReloadStatus(now, false, reason));
        }
    }
}
