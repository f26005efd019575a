using System.Text;
using Pmilter.Effects.Counters;
using Pmilter.Policies.State;
using StackExchange.Redis;

namespace Pmilter.Effects.Redis;

/// <summary>
/// Looks into Redis with SCAN, which goes through all keys of the database bit by bit: it takes its time on a large one, and stops nobody.
/// Beyond a million keys of a kind the rest is not looked at.
/// </summary>
/// <param name="inventory">What the policies in force name: the keys in Redis tell no more than its digest.</param>
public sealed class RedisStateView(RedisStateStore store, Func<StateInventory> inventory) : IStateView
{
    private const int MostKeys = 1_000_000;
    private const int BatchKeys = 500;

    public async ValueTask<IReadOnlyList<CounterStatus>> CountersAsync(CancellationToken cancellationToken)
    {
        var shared = inventory().Counters.Where(counter => !counter.IsLocal).ToArray();
        var keys = await KeysAsync("c", shared.Select(RedisNames.Identity), cancellationToken).ConfigureAwait(false);
        return [.. shared.Select(counter => new CounterStatus(counter, keys[RedisNames.Identity(counter)].Count, 0, 0))];
    }

    public async ValueTask<IReadOnlyList<KeyCount>> TopAsync(string counter, int count, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var found = await CountsAsync(counter, null, now, cancellationToken).ConfigureAwait(false);
        return [.. found.OrderByDescending(key => key.Value).ThenBy(key => key.Key, StringComparer.Ordinal).Take(count)];
    }

    public async ValueTask<KeyCount?> FindAsync(string counter, string key, DateTimeOffset now, CancellationToken cancellationToken) =>
        (await CountsAsync(counter, [key], now, cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    public async ValueTask<int> ResetAsync(string counter, string? key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var found = await CountsAsync(counter, key is null ? null : [key], now, cancellationToken).ConfigureAwait(false);
        foreach (var definition in Named(counter))
        {
            await RunAsync(found.Select(each => new StateOperation { Kind = StateOperationKind.Empty, Counter = definition, Key = each.Key.AsMemory() }), now, static _ => { }, cancellationToken).ConfigureAwait(false);
        }

        return found.Count;
    }

    public ValueTask<IReadOnlyList<RunningDeadline>> HoldsAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        DeadlinesAsync("h", inventory().Holds.Select(hold => hold.Name), now, cancellationToken);

    public ValueTask<IReadOnlyList<RunningDeadline>> BansAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        DeadlinesAsync("b", inventory().Bans.Select(ban => ban.Name), now, cancellationToken);

    public async ValueTask<bool> LiftHoldAsync(string hold, string key, DateTimeOffset now, CancellationToken cancellationToken) =>
        await store.Database.KeyDeleteAsync(store.Names.Deadline("h", hold, key.AsMemory())).WaitAsync(cancellationToken).ConfigureAwait(false) > 0;

    public async ValueTask<bool> LiftBanAsync(string ban, string key, DateTimeOffset now, CancellationToken cancellationToken) =>
        await store.Database.KeyDeleteAsync(store.Names.Deadline("b", ban, key.AsMemory())).WaitAsync(cancellationToken).ConfigureAwait(false) > 0;

    public async ValueTask<IReadOnlyList<GreylistStatus>> GreylistsAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var statuses = new List<GreylistStatus>();
        foreach (var name in inventory().Greylists.Select(greylist => greylist.Name).Distinct(StringComparer.Ordinal))
        {
            var entries = await GreylistAsync(name, null, MostKeys, now, cancellationToken).ConfigureAwait(false);
            statuses.Add(new GreylistStatus(
                name, entries.Count(entry => entry.State == "waiting"), entries.Count(entry => entry.State == "passed"), entries.Count(entry => entry.State == "client")));
        }

        return statuses;
    }

    public async ValueTask<IReadOnlyList<GreylistEntry>> GreylistAsync(
        string greylist, string? contains, int count, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var isShadow = greylist.EndsWith(GreylistDefinition.ShadowSuffix, StringComparison.Ordinal);
        var mark = isShadow ? GreylistDefinition.ShadowSuffix : string.Empty;
        var definitions = inventory().Greylists.Where(each => string.Equals(each.Name, greylist, StringComparison.Ordinal));
        var identities = definitions.Select(each => RedisNames.Identity(isShadow ? each with { Name = greylist[..^mark.Length] } : each)).Distinct(StringComparer.Ordinal);
        var micros = store.Read(now);
        var entries = new List<GreylistEntry>();
        foreach (var identity in identities)
        {
            await foreach (var key in ScanAsync($"{store.Names.Prefix}:g:{{{identity}:*", cancellationToken).ConfigureAwait(false))
            {
                if (await EntryAsync(key, identity, mark, micros).ConfigureAwait(false) is { } entry && (contains is null || entry.Key.Contains(contains, StringComparison.OrdinalIgnoreCase)))
                {
                    entries.Add(entry);
                }
            }
        }

        return [.. entries.OrderBy(entry => entry.Key, StringComparer.Ordinal).Take(count)];
    }

    private async Task<GreylistEntry?> EntryAsync(RedisKey key, string identity, string mark, long now)
    {
        byte[] bytes = key!;
        var start = Encoding.UTF8.GetByteCount($"{store.Names.Prefix}:g:{{{identity}:");
        var tuple = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"}}:t{mark}:"));
        var isClient = bytes.AsSpan().EndsWith(Encoding.UTF8.GetBytes($"}}:c{mark}:"));
        if (tuple < 0 && !isClient)
        {
            return null;
        }

        if ((string?)await store.Database.StringGetAsync(key).ConfigureAwait(false) is not { } value)
        {
            return null;
        }

        var parts = value.Split(':');
        var until = long.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
        var number = long.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture);
        if (until <= now)
        {
            return null;
        }

        return isClient
            ? new GreylistEntry(StateKeyBytes.Decode(bytes.AsSpan(start..^($"}}:c{mark}:".Length))), "client", default, store.Write(until), (int)number)
            : new GreylistEntry(StateKeyBytes.Decode(bytes.AsSpan(tuple + $"}}:t{mark}:".Length)), parts[2] == "1" ? "passed" : "waiting", store.Write(number), store.Write(until), 0);
    }

    private IEnumerable<CounterDefinition> Named(string counter) =>
        inventory().Counters.Where(each => !each.IsLocal && string.Equals(each.Name, counter, StringComparison.Ordinal)).DistinctBy(RedisNames.Identity, StringComparer.Ordinal);

    /// <param name="keys">Null for all that there are.</param>
    private async Task<List<KeyCount>> CountsAsync(string counter, IReadOnlyCollection<string>? keys, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var counts = new List<KeyCount>();
        foreach (var definition in Named(counter))
        {
            var identity = RedisNames.Identity(definition);
            var names = keys ?? (await KeysAsync("c", [identity], cancellationToken).ConfigureAwait(false))[identity];
            await RunAsync(
                names.Select(key => new StateOperation { Kind = StateOperationKind.Read, Counter = definition, Key = key.AsMemory() }),
                now,
                answered =>
                {
                    if (answered.Value > 0)
                    {
                        counts.Add(new KeyCount(answered.Key.ToString(), answered.Value, answered.Stamp == 0));
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }

        return counts;
    }

    private async ValueTask<IReadOnlyList<RunningDeadline>> DeadlinesAsync(string kind, IEnumerable<string> names, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var micros = store.Read(now);
        var running = new List<RunningDeadline>();
        foreach (var name in names.Distinct(StringComparer.Ordinal))
        {
            foreach (var key in (await KeysAsync(kind, [name], cancellationToken).ConfigureAwait(false))[name])
            {
                var stored = (string?)await store.Database.StringGetAsync(store.Names.Deadline(kind, name, key.AsMemory())[0]).ConfigureAwait(false);
                if (stored?.Split(':') is [var end, var repeats] && (end == "never" || long.Parse(end, System.Globalization.CultureInfo.InvariantCulture) > micros))
                {
                    var until = end == "never" ? DateTimeOffset.MaxValue : store.Write(long.Parse(end, System.Globalization.CultureInfo.InvariantCulture));
                    running.Add(new RunningDeadline(name, key, until, int.Parse(repeats, System.Globalization.CultureInfo.InvariantCulture)));
                }
            }
        }

        return [.. running.OrderBy(entry => entry.Name, StringComparer.Ordinal).ThenBy(entry => entry.Key, StringComparer.Ordinal)];
    }

    private async Task RunAsync(IEnumerable<StateOperation> operations, DateTimeOffset now, Action<StateOperation> take, CancellationToken cancellationToken)
    {
        foreach (var some in operations.Chunk(BatchKeys))
        {
            var batch = new StateBatch();
            foreach (var operation in some)
            {
                batch.Add(operation);
            }

            await store.ExecuteAsync(batch, now, cancellationToken).ConfigureAwait(false);
            foreach (ref var answered in batch.Operations)
            {
                take(answered);
            }
        }
    }

    /// <summary>The keys of each name, one for each that has any Redis key.</summary>
    private async Task<Dictionary<string, HashSet<string>>> KeysAsync(string kind, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var keys = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var name in names.Distinct(StringComparer.Ordinal))
        {
            var found = keys[name] = new HashSet<string>(StringComparer.Ordinal);
            var start = Encoding.UTF8.GetByteCount($"{store.Names.Prefix}:{kind}:{{{name}:");
            await foreach (var key in ScanAsync($"{store.Names.Prefix}:{kind}:{{{name}:*", cancellationToken).ConfigureAwait(false))
            {
                byte[] bytes = key!;
                var end = bytes.AsSpan().LastIndexOf((byte)'}');
                if (end >= start)
                {
                    found.Add(StateKeyBytes.Decode(bytes.AsSpan(start..end)));
                }
            }
        }

        return keys;
    }

    private async IAsyncEnumerable<RedisKey> ScanAsync(string pattern, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = 0;
        foreach (var server in store.Database.Multiplexer.GetServers().Where(server => server is { IsConnected: true, IsReplica: false }))
        {
            await foreach (var key in server.KeysAsync(store.Database.Database, pattern, 1000).WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                if (++seen > MostKeys)
                {
                    yield break;
                }

                yield return key;
            }
        }
    }
}
