using Pmilter.Policies.State;

namespace Pmilter.Effects.Counters;

/// <summary>
/// The tuples and clients of one greylist. A tuple that has passed lately and a trusted client are answered without a lock. Bounded:
/// what ends soonest goes first, so a flood of tuples that never retry pushes out its own kind before any that has passed.
/// </summary>
internal sealed class GreylistTable(int maxEntries)
{
    private readonly Lock _gate = new();
    private readonly ExpiringTable<GreylistTuple> _tuples = new(maxEntries);
    private readonly ExpiringTable<GreylistClient> _clients = new(maxEntries);

    /// <summary>First use; −1 before it.</summary>
    public long Began { get; set; } = -1;

    public ExpiringTable<GreylistTuple> Tuples => _tuples;

    public ExpiringTable<GreylistClient> Clients => _clients;

    /// <param name="shadow">Where to look for what is not known here; null for nowhere.</param>
    /// <param name="retryAt">For Delayed, the earliest time at which a retry passes.</param>
    public GreylistOutcome Check(
        GreylistDefinition greylist, ReadOnlySpan<char> key, ReadOnlySpan<char> client, long now, GreylistTable? shadow, out long retryAt)
    {
        retryAt = 0;
        var remember = WindowClock.ToMicros(greylist.Remember);
        if (IsFresh(greylist, client, key, now, remember, out var known))
        {
            return known;
        }

        lock (_gate)
        {
            Began = Began < 0 ? (shadow is { Began: >= 0 } ? shadow.Began : now) : Began;
            if (IsTrusted(greylist, client, now, shadow, out var trusted))
            {
                _clients.Set(client, trusted with { Until = now + remember }, now);
                return GreylistOutcome.Trusted;
            }

            if (!Find(key, now, shadow, out var tuple))
            {
                return Note(greylist, key, now, out retryAt);
            }

            return Pass(greylist, key, client, tuple, now, shadow, out retryAt);
        }
    }

    /// <summary>What another store has answered to the same attempt: who passed there passes here, too.</summary>
    public void Learn(GreylistDefinition greylist, ReadOnlySpan<char> key, ReadOnlySpan<char> client, GreylistOutcome outcome, long now)
    {
        var until = now + WindowClock.ToMicros(greylist.Remember);
        lock (_gate)
        {
            if (outcome == GreylistOutcome.Trusted && !client.IsEmpty)
            {
                _clients.Set(client, new GreylistClient(greylist.TrustClientAfter, until), now);
            }
            else if (outcome is GreylistOutcome.Passed or GreylistOutcome.Known or GreylistOutcome.Learned)
            {
                _tuples.Set(key, new GreylistTuple(now, until, HasPassed: true), now);
            }
        }
    }

    private GreylistOutcome Note(GreylistDefinition greylist, ReadOnlySpan<char> key, long now, out long retryAt)
    {
        var learns = now < Began + WindowClock.ToMicros(greylist.LearnFor);
        var until = now + WindowClock.ToMicros(learns ? greylist.Remember : greylist.RetryWithin);
        _tuples.Set(key, new GreylistTuple(now, until, learns), now);
        retryAt = now + WindowClock.ToMicros(greylist.Delay);
        return learns ? GreylistOutcome.Learned : GreylistOutcome.Delayed;
    }

    private GreylistOutcome Pass(
        GreylistDefinition greylist, ReadOnlySpan<char> key, ReadOnlySpan<char> client, GreylistTuple tuple, long now, GreylistTable? shadow, out long retryAt)
    {
        retryAt = tuple.First + WindowClock.ToMicros(greylist.Delay);
        if (!tuple.HasPassed && now < retryAt)
        {
            // Kept here as well, so that what was first seen by a monitor rule is judged by one table from now on.
            _tuples.Set(key, tuple, now);
            return GreylistOutcome.Delayed;
        }

        var until = now + WindowClock.ToMicros(greylist.Remember);
        _tuples.Set(key, tuple with { HasPassed = true, Until = until }, now);
        if (tuple.HasPassed)
        {
            return GreylistOutcome.Known;
        }

        if (!client.IsEmpty && greylist.TrustClientAfter > 0)
        {
            var passes = FindClient(client, now, shadow, out var before) ? before.Passes + 1 : 1;
            _clients.Set(client, new GreylistClient(passes, until), now);
        }

        return GreylistOutcome.Passed;
    }

    /// <summary>Known or trusted, and noted lately: nothing needs to be written.</summary>
    private bool IsFresh(
        GreylistDefinition greylist, ReadOnlySpan<char> client, ReadOnlySpan<char> key, long now, long remember, out GreylistOutcome outcome)
    {
        var fresh = now + remember - (remember / 64);
        if (!client.IsEmpty && greylist.TrustClientAfter > 0
            && _clients.TryRead(client, out var trusted) && trusted.Passes >= greylist.TrustClientAfter && trusted.Until >= fresh)
        {
            outcome = GreylistOutcome.Trusted;
            return true;
        }

        outcome = GreylistOutcome.Known;
        return greylist.TrustClientAfter <= 0 && _tuples.TryRead(key, out var tuple) && tuple.HasPassed && tuple.Until >= fresh;
    }

    private bool IsTrusted(GreylistDefinition greylist, ReadOnlySpan<char> client, long now, GreylistTable? shadow, out GreylistClient trusted)
    {
        trusted = default;
        return !client.IsEmpty && greylist.TrustClientAfter > 0 && FindClient(client, now, shadow, out trusted) && trusted.Passes >= greylist.TrustClientAfter;
    }

    private bool Find(ReadOnlySpan<char> key, long now, GreylistTable? shadow, out GreylistTuple tuple) =>
        (_tuples.TryRead(key, out tuple) && tuple.Until > now) || (shadow is not null && shadow._tuples.TryRead(key, out tuple) && tuple.Until > now);

    private bool FindClient(ReadOnlySpan<char> key, long now, GreylistTable? shadow, out GreylistClient client) =>
        (_clients.TryRead(key, out client) && client.Until > now) || (shadow is not null && shadow._clients.TryRead(key, out client) && client.Until > now);
}

/// <summary>One tuple, in the store's microseconds.</summary>
/// <param name="First">When it was first seen.</param>
/// <param name="Until">When it is forgotten.</param>
/// <param name="HasPassed">A retry came in time, or it was learned.</param>
internal readonly record struct GreylistTuple(long First, long Until, bool HasPassed) : IExpiring;

/// <summary>One client.</summary>
/// <param name="Passes">Tuples that it has passed with.</param>
/// <param name="Until">When that is forgotten.</param>
internal readonly record struct GreylistClient(int Passes, long Until) : IExpiring;
