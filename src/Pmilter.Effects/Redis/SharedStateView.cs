using Pmilter.Effects.Counters;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Redis;

/// <summary>Looks where an event would: into Redis while it answers, else into this process; counters with <c>scope: local</c> are always here.</summary>
public sealed class SharedStateView(SharedStateStore store, IStateView redis, IStateView local, Func<StateInventory> inventory) : IStateView
{
    private IStateView Current => store.IsDegraded ? local : redis;

    public async ValueTask<IReadOnlyList<CounterStatus>> CountersAsync(CancellationToken cancellationToken)
    {
        var own = await local.CountersAsync(cancellationToken).ConfigureAwait(false);
        if (store.IsDegraded)
        {
            return own;
        }

        var shared = await redis.CountersAsync(cancellationToken).ConfigureAwait(false);
        return [.. shared, .. own.Where(counter => counter.Definition.IsLocal)];
    }

    public ValueTask<IReadOnlyList<KeyCount>> TopAsync(string counter, int count, DateTimeOffset now, CancellationToken cancellationToken) =>
        Of(counter).TopAsync(counter, count, now, cancellationToken);

    public ValueTask<KeyCount?> FindAsync(string counter, string key, DateTimeOffset now, CancellationToken cancellationToken) =>
        Of(counter).FindAsync(counter, key, now, cancellationToken);

    public async ValueTask<int> ResetAsync(string counter, string? key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // The warm copy forgets as well, or it would refuse when it takes over.
        var own = await local.ResetAsync(counter, key, now, cancellationToken).ConfigureAwait(false);
        return ReferenceEquals(Of(counter), local) ? own : await redis.ResetAsync(counter, key, now, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<IReadOnlyList<RunningDeadline>> HoldsAsync(DateTimeOffset now, CancellationToken cancellationToken) => Current.HoldsAsync(now, cancellationToken);

    public ValueTask<IReadOnlyList<RunningDeadline>> BansAsync(DateTimeOffset now, CancellationToken cancellationToken) => Current.BansAsync(now, cancellationToken);

    public async ValueTask<bool> LiftHoldAsync(string hold, string key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var own = await local.LiftHoldAsync(hold, key, now, cancellationToken).ConfigureAwait(false);
        return (!store.IsDegraded && await redis.LiftHoldAsync(hold, key, now, cancellationToken).ConfigureAwait(false)) || own;
    }

    public async ValueTask<bool> LiftBanAsync(string ban, string key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var own = await local.LiftBanAsync(ban, key, now, cancellationToken).ConfigureAwait(false);
        if (!store.IsDegraded)
        {
            return await redis.LiftBanAsync(ban, key, now, cancellationToken).ConfigureAwait(false) || own;
        }

        // As an event would do it: then it is also lifted in Redis, when that is back.
        if (inventory().Bans.FirstOrDefault(each => string.Equals(each.Name, ban, StringComparison.Ordinal)) is { } definition)
        {
            store.RemoveLater(new StateOperation { Kind = StateOperationKind.BanRemove, Ban = definition, Key = key.AsMemory() });
        }

        return own;
    }

    public ValueTask<IReadOnlyList<GreylistStatus>> GreylistsAsync(DateTimeOffset now, CancellationToken cancellationToken) => Current.GreylistsAsync(now, cancellationToken);

    public ValueTask<IReadOnlyList<GreylistEntry>> GreylistAsync(
        string greylist, string? contains, int count, DateTimeOffset now, CancellationToken cancellationToken) =>
        Current.GreylistAsync(greylist, contains, count, now, cancellationToken);

    private IStateView Of(string counter) =>
        inventory().Counters.Any(each => each.IsLocal && string.Equals(each.Name, counter, StringComparison.Ordinal)) ? local : Current;
}
