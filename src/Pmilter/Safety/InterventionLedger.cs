using System.Security.Cryptography;

namespace Pmilter.Safety;

/// <summary>
/// Who changed what, so that servers agree: of each intervention the newest version stands, and one that was ended before its time leaves a
/// mark that outlasts every older copy.
/// </summary>
internal static class InterventionLedger
{
    /// <summary>A fuse that blew has no end: a server that was away for longer than that brings it back, and is in monitor.</summary>
    public static readonly TimeSpan KeptAfterArming = TimeSpan.FromDays(31);

    private const int StepsOfMicrosecond = 1000;

    /// <summary>The next with a mark at everything that differs from before.</summary>
    public static Interventions Marked(Interventions before, Interventions next, string by, DateTimeOffset now)
    {
        var was = Of(before);
        var isNow = Of(next);
        foreach (var key in was.Keys.Union(isNow.Keys, StringComparer.Ordinal).ToArray())
        {
            var old = was.GetValueOrDefault(key);
            var one = isNow.GetValueOrDefault(key) ?? new SharedIntervention(key, 0, now, by);
            if (ReferenceEquals(old?.Lowered, one.Lowered) && ReferenceEquals(old?.Blown, one.Blown) && ReferenceEquals(old?.Block, one.Block))
            {
                continue;
            }

            isNow[key] = one with { Version = Math.Max(VersionAt(now), (old?.Version ?? 0) + 1), Keep = KeepOf(one, old, now), By = by };
        }

        return With(next, isNow.Values);
    }

    /// <summary>Own and theirs, of each the newest.</summary>
    /// <returns>What is so from now on, what of it came from them and changes something here, and what they have not heard yet.</returns>
    public static (Interventions Next, IReadOnlyList<SharedIntervention> Taken, IReadOnlyList<SharedIntervention> Untold) Merge(
        Interventions own, IReadOnlyList<SharedIntervention> theirs, DateTimeOffset now)
    {
        var all = Of(own);
        var known = new Dictionary<string, long>(StringComparer.Ordinal);
        var taken = new List<SharedIntervention>();
        foreach (var one in theirs.Where(one => one.Keep > now).Select(one => one.At(now)))
        {
            known[one.Key] = one.Version;
            var mine = all.GetValueOrDefault(one.Key);
            if (mine is null || one.Version > mine.Version)
            {
                all[one.Key] = one;
                if (one.IsInForce || mine is { IsInForce: true })
                {
                    taken.Add(one);
                }
            }
        }

        var untold = all.Values.Where(one => one.Keep > now).Where(one => !known.TryGetValue(one.Key, out var version) || version < one.Version).ToArray();
        return (With(own, all.Values), taken, untold);
    }

    /// <summary>What is in force, and what was and is remembered, by key.</summary>
    private static Dictionary<string, SharedIntervention> Of(Interventions interventions)
    {
        var marks = interventions.Marks.ToDictionary(mark => mark.Key, mark => new SharedIntervention(mark.Key, mark.Version, mark.Keep, mark.By), StringComparer.Ordinal);
        foreach (var lowered in interventions.Lowered)
        {
            Put(SharedIntervention.KeyOf(lowered), lowered.Since, lowered.Until, lowered.By, one => one with { Lowered = lowered });
        }

        foreach (var blown in interventions.Blown)
        {
            Put(SharedIntervention.KeyOf(blown), blown.Since, DateTimeOffset.MaxValue, blown.By, one => one with { Blown = blown });
        }

        foreach (var block in interventions.Blocks)
        {
            Put(SharedIntervention.KeyOf(block), block.Since, block.Until, block.By, one => one with { Block = block });
        }

        return marks;

        // Without a mark it is of a time before there were any.
        void Put(string key, DateTimeOffset since, DateTimeOffset keep, string by, Func<SharedIntervention, SharedIntervention> put) =>
            marks[key] = put(marks.GetValueOrDefault(key) ?? new SharedIntervention(key, MicrosOf(since) * StepsOfMicrosecond, keep, by));
    }

    private static Interventions With(Interventions basis, ICollection<SharedIntervention> all) => basis with
    {
        Lowered = [.. all.Select(one => one.Lowered).OfType<LoweredRule>().OrderBy(lowered => lowered.Since)],
        Blown = [.. all.Select(one => one.Blown).OfType<BlownRule>().OrderBy(blown => blown.Since)],
        Blocks = [.. all.Select(one => one.Block).OfType<Block>().OrderBy(block => block.Since)],
        Marks = [.. all.Select(one => one.Mark).OrderBy(mark => mark.Key, StringComparer.Ordinal)],
    };

    private static DateTimeOffset KeepOf(SharedIntervention one, SharedIntervention? old, DateTimeOffset now)
    {
        if (one.IsFuse)
        {
            return one.IsInForce ? DateTimeOffset.MaxValue : now + KeptAfterArming;
        }

        // One that is shortened leaves an older copy with the longer time somewhere.
        var until = one.Lowered?.Until ?? one.Block?.Until ?? now;
        return old is not null && old.Keep > until ? old.Keep : until;
    }

    /// <summary>Later is higher; two of the same microsecond differ all the same.</summary>
    private static long VersionAt(DateTimeOffset time) => (MicrosOf(time) * StepsOfMicrosecond) + RandomNumberGenerator.GetInt32(StepsOfMicrosecond);

    private static long MicrosOf(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
