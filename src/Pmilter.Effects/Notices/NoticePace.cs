namespace Pmilter.Effects.Notices;

/// <summary>At most so many in any minute: a network of bots that is banned address by address must not ring a telephone all night.</summary>
internal sealed class NoticePace(int perMinute, TimeProvider time)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Queue<long> _taken = new();

    public bool TryTake()
    {
        while (_taken.TryPeek(out var oldest) && time.GetElapsedTime(oldest) >= Minute)
        {
            _taken.Dequeue();
        }

        if (_taken.Count >= perMinute)
        {
            return false;
        }

        _taken.Enqueue(time.GetTimestamp());
        return true;
    }
}
