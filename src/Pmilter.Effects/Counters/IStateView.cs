namespace Pmilter.Effects.Counters;

/// <summary>Looks into a store, and lets go by hand. Not for the mail path: a look at a large shared store takes its time.</summary>
public interface IStateView
{
    /// <summary>Counters that have keys, by name.</summary>
    ValueTask<IReadOnlyList<CounterStatus>> CountersAsync(CancellationToken cancellationToken);

    /// <summary>The keys with the highest counts now, highest first; empty when there is no such counter.</summary>
    /// <param name="counter">Full name, <c>policy/counter</c>.</param>
    /// <param name="count">At most that many.</param>
    ValueTask<IReadOnlyList<KeyCount>> TopAsync(string counter, int count, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>One key; null when it counts nothing now. Parts of a key are joined by U+001F and folded.</summary>
    ValueTask<KeyCount?> FindAsync(string counter, string key, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Forgets the events of one key, or with null of all; returns how many keys had any.</summary>
    ValueTask<int> ResetAsync(string counter, string? key, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Holds that run.</summary>
    ValueTask<IReadOnlyList<RunningDeadline>> HoldsAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Ends a hold now; false when there was none.</summary>
    /// <param name="hold">Full name, <c>policy/rule</c>.</param>
    ValueTask<bool> LiftHoldAsync(string hold, string key, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Bans that run.</summary>
    ValueTask<IReadOnlyList<RunningDeadline>> BansAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Lifts a ban and forgets its repeats; false when there was none.</summary>
    ValueTask<bool> LiftBanAsync(string ban, string key, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Each greylist in numbers.</summary>
    ValueTask<IReadOnlyList<GreylistStatus>> GreylistsAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Tuples and clients of a greylist whose key contains the text; null for all. Ordered by key.</summary>
    ValueTask<IReadOnlyList<GreylistEntry>> GreylistAsync(string greylist, string? contains, int count, DateTimeOffset now, CancellationToken cancellationToken);
}
