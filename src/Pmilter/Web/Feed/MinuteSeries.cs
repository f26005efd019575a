using Pmilter.Policies.Evaluation;

namespace Pmilter.Web.Feed;

/// <summary>Messages by minute and verdict over the last day, in arrays of a fixed size.</summary>
internal sealed class MinuteSeries
{
    public const int Minutes = 24 * 60;

    private readonly Lock _gate = new();
    private readonly int[] _counts = new int[Minutes * Outcomes];
    private readonly long[] _totals = new long[Outcomes];
    private long _newest;

    public static int Outcomes => RuleTally.Outcomes.Count;

    /// <param name="outcome">Place in <see cref="RuleTally.Outcomes"/>.</param>
    public void Count(DateTimeOffset now, int outcome)
    {
        lock (_gate)
        {
            // A clock that was set back goes on in the newest minute.
            Advance(MinuteOf(now));
            _counts[PlaceOf(_newest) + outcome]++;
            _totals[outcome]++;
        }
    }

    /// <summary>Since the start, by place in <see cref="RuleTally.Outcomes"/>.</summary>
    public long[] Totals()
    {
        lock (_gate)
        {
            return [.. _totals];
        }
    }

    /// <summary>Sums of <paramref name="step"/> minutes each, oldest first, the minute of now in the last; a step begins at its multiples.</summary>
    public (DateTimeOffset From, IReadOnlyList<int[]> Sums) Read(DateTimeOffset now, int minutes, int step)
    {
        lock (_gate)
        {
            Advance(MinuteOf(now));
            var buckets = Math.Min(minutes, Minutes) / step;
            var first = (_newest / step * step) - ((buckets - 1L) * step);
            var sums = new int[buckets][];
            for (var bucket = 0; bucket < buckets; bucket++)
            {
                sums[bucket] = Sum(first + (bucket * (long)step), step);
            }

            return (DateTimeOffset.FromUnixTimeSeconds(first * 60), sums);
        }
    }

    private static long MinuteOf(DateTimeOffset time) => time.ToUnixTimeSeconds() / 60;

    private static int PlaceOf(long minute) => (int)(minute % Minutes) * Outcomes;

    private int[] Sum(long from, int step)
    {
        var sum = new int[Outcomes];
        for (var minute = from; minute < from + step && minute <= _newest; minute++)
        {
            for (var i = 0; i < Outcomes && minute > _newest - Minutes; i++)
            {
                sum[i] += _counts[PlaceOf(minute) + i];
            }
        }

        return sum;
    }

    private void Advance(long minute)
    {
        for (var next = Math.Max(_newest + 1, minute - Minutes + 1); next <= minute; next++)
        {
            Array.Clear(_counts, PlaceOf(next), Outcomes);
        }

        _newest = Math.Max(_newest, minute);
    }
}
