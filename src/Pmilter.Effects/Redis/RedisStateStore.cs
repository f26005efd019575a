using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Pmilter.Effects.Counters;
using Pmilter.Policies.State;
using StackExchange.Redis;

namespace Pmilter.Effects.Redis;

/// <summary>
/// Counters, holds, bans, memories and greylists in Redis or Valkey, shared by all processes that have the same prefix. Each operation
/// is one script, the operations of a batch are sent at once and awaited together: one round trip. Times are the caller's; keys live a
/// little longer in Redis than they count.
/// </summary>
public sealed class RedisStateStore : IStateStore
{
    private const long MarginMilliseconds = 60_000;

    /// <summary>What a process has open counts that long after the process was last heard of.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(3);

    private static readonly Task<RedisResult> Untold = Task.FromResult(RedisResult.Create(["0", "0"]));

    private readonly IDatabase _redis;
    private readonly RedisNames _names;
    private readonly WindowClock _clock = new();
    private readonly string _process = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
    private readonly ConcurrentDictionary<RedisKey, int> _open = new();
    private readonly ConcurrentDictionary<string, long> _began = new(StringComparer.Ordinal);
    private readonly int _exactEvents;
    private readonly int _exactMembers;
    private MemberHash? _members;
    private long _lastStamp;
    private long _offsetTicks;

    /// <param name="prefix">Every key begins with it and a colon.</param>
    public RedisStateStore(IDatabase redis, string prefix)
        : this(redis, prefix, WindowShape.DefaultExactEvents, WindowShape.DefaultExactMembers)
    {
    }

    /// <summary>Small exact regions, so that tests reach what lies beyond.</summary>
    internal RedisStateStore(IDatabase redis, string prefix, int exactEvents, int exactMembers)
    {
        _redis = redis;
        _names = new RedisNames(prefix);
        _exactEvents = exactEvents;
        _exactMembers = exactMembers;
    }

    internal RedisNames Names => _names;

    internal IDatabase Database => _redis;

    internal WindowClock Clock => _clock;

    /// <summary>The store's time, in microseconds.</summary>
    internal long Read(DateTimeOffset now) => _clock.Read(now.AddTicks(Volatile.Read(ref _offsetTicks)));

    internal DateTimeOffset Write(long micros) =>
        _clock.Write(micros) is var time && time == DateTimeOffset.MaxValue ? time : time.AddTicks(-Volatile.Read(ref _offsetTicks));

    public async ValueTask ExecuteAsync(StateBatch batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        try
        {
            var micros = Read(now);
            await PrepareAsync(batch, micros).ConfigureAwait(false);
            var answers = new Task<RedisResult>[batch.Count];
            for (var i = 0; i < answers.Length; i++)
            {
                answers[i] = SendAsync(ref batch[i], micros);
            }

            for (var i = 0; i < answers.Length; i++)
            {
                Take(batch, i, (RedisValue[])(await answers[i].ConfigureAwait(false))!, now);
            }
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException or ObjectDisposedException)
        {
            throw new StateStoreException($"Redis: {failure.Message}", failure);
        }
    }

    /// <summary>Gives Redis the scripts, so that no event waits for that; a server that was started again has lost them.</summary>
    public async Task LoadAsync()
    {
        foreach (var server in _redis.Multiplexer.GetServers().Where(server => server is { IsConnected: true, IsReplica: false }))
        {
            foreach (var script in RedisScript.All)
            {
                await server.ScriptLoadAsync(script).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Says that what this process has open is still open; once a minute is enough.</summary>
    public async Task RenewAsync()
    {
        foreach (var (key, count) in _open)
        {
            if (count > 0)
            {
                await _redis.ScriptEvaluateAsync(RedisScript.Gauge, [key], Gauge("renew", string.Empty, 0)).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Takes Redis's time where this machine's differs by more than a second, so that all processes agree; returns by how much it does.
    /// Not for a virtual clock.
    /// </summary>
    public async Task<TimeSpan> SynchroniseAsync(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        var theirs = (RedisValue[])(await _redis.ExecuteAsync("TIME").ConfigureAwait(false))!;
        var there = DateTimeOffset.FromUnixTimeSeconds((long)theirs[0]).AddTicks((long)theirs[1] * TimeSpan.TicksPerMicrosecond);
        var difference = there - time.GetUtcNow();
        Volatile.Write(ref _offsetTicks, difference.Duration() > TimeSpan.FromSeconds(1) ? difference.Ticks : 0);
        return difference;
    }

    private static T Needed<T>(T? definition, StateOperationKind kind)
        where T : class =>
        definition ?? throw new ArgumentException($"The operation {kind} lacks its {typeof(T).Name}.", nameof(definition));

    private static RedisValue Number(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private static RedisValue Milliseconds(CounterDefinition counter) => (long)counter.Window.TotalMilliseconds + MarginMilliseconds;

    private static string Word(StateOperationKind kind) => kind switch
    {
        StateOperationKind.Hit => "hit",
        StateOperationKind.Undo => "undo",
        StateOperationKind.RetryAt => "retry",
        StateOperationKind.Empty => "empty",
        _ => "read",
    };

    private Task<RedisResult> SendAsync(ref StateOperation operation, long now) => operation.Kind switch
    {
        StateOperationKind.Hit or StateOperationKind.Undo or StateOperationKind.Read or StateOperationKind.RetryAt or StateOperationKind.Empty => CountAsync(ref operation, now),
        StateOperationKind.FirstAt => Untold,
        StateOperationKind.HoldRead or StateOperationKind.HoldStart => HoldAsync(operation, now),
        StateOperationKind.BanRead or StateOperationKind.BanAdd or StateOperationKind.BanRemove => BanAsync(operation, now),
        StateOperationKind.MemoryAdd or StateOperationKind.MemoryRead => MemoryAsync(operation, now),
        StateOperationKind.GreylistCheck => GreylistAsync(operation, now),
        _ => throw new ArgumentException($"Unknown operation {operation.Kind}.", nameof(operation)),
    };

    private Task<RedisResult> CountAsync(ref StateOperation operation, long now)
    {
        var counter = Needed(operation.Counter, operation.Kind);
        if (operation.Kind == StateOperationKind.Hit && operation.Stamp == 0)
        {
            operation.Stamp = NextStamp(now);
        }

        // A stamp of another store's and this process make a name that no other event has.
        var name = $"{operation.Stamp:x}-{_process}";
        var word = Word(operation.Kind);
        var window = WindowClock.ToMicros(counter.Window);
        switch (counter.Kind)
        {
            case WindowKind.Gauge:
                var gauge = _names.Counter(counter, operation.Key, "g");
                _open.AddOrUpdate(gauge[0], static (_, change) => change, static (_, count, change) => Math.Max(0, count + change), operation.Kind switch { StateOperationKind.Hit => 1, StateOperationKind.Undo => -1, _ => 0 });
                return _redis.ScriptEvaluateAsync(RedisScript.Gauge, gauge, Gauge(word, name, operation.Amount));
            case WindowKind.Distinct:
                return _redis.ScriptEvaluateAsync(
                    RedisScript.Members,
                    _names.Counter(counter, operation.Key, "m", "r", "s"),
                    [word, now, window, _exactMembers, $"{(operation.Member is { } member ? _members!.Of(member) : 0):x16}", name, Number(operation.Amount), Milliseconds(counter)]);
            default:
                var shape = new WindowShape(counter.Window, _exactEvents, _exactMembers);
                return _redis.ScriptEvaluateAsync(
                    RedisScript.Events,
                    _names.Counter(counter, operation.Key, "e", "s"),
                    [word, now, window, shape.SlotMicros, _exactEvents, Number(operation.Amount), name, Stamps.Micros(operation.Stamp), Milliseconds(counter)]);
        }
    }

    private RedisValue[] Gauge(string word, string name, double amount) => [word, _process, name, Number(amount), (long)Lease.TotalMilliseconds];

    private Task<RedisResult> HoldAsync(in StateOperation operation, long now)
    {
        var hold = Needed(operation.Hold, operation.Kind);
        return DeadlineAsync("h", hold.Name, operation.Key, operation.Kind == StateOperationKind.HoldStart ? "start" : "read", now, Steps([hold.For]), TimeSpan.Zero);
    }

    private Task<RedisResult> BanAsync(in StateOperation operation, long now)
    {
        var ban = Needed(operation.Ban, operation.Kind);
        var word = operation.Kind switch { StateOperationKind.BanAdd => "start", StateOperationKind.BanRemove => "remove", _ => "read" };
        return DeadlineAsync("b", ban.Name, operation.Key, word, now, Steps(ban.Steps), ban.Forget);
    }

    private Task<RedisResult> MemoryAsync(in StateOperation operation, long now)
    {
        var memory = Needed(operation.Memory, operation.Kind);
        return DeadlineAsync("m", memory.Name, operation.Key, operation.Kind == StateOperationKind.MemoryAdd ? "extend" : "read", now, Steps([memory.For]), TimeSpan.Zero);
    }

    private Task<RedisResult> DeadlineAsync(string kind, string name, ReadOnlyMemory<char> key, string word, long now, string steps, TimeSpan kept) =>
        _redis.ScriptEvaluateAsync(RedisScript.Deadline, _names.Deadline(kind, name, key), [word, now, steps, WindowClock.ToMicros(kept)]);

    private static string Steps(IReadOnlyList<TimeSpan?> steps) =>
        string.Join(',', steps.Select(step => step is { } span ? WindowClock.ToMicros(span).ToString(CultureInfo.InvariantCulture) : "never"));

    private Task<RedisResult> GreylistAsync(in StateOperation operation, long now)
    {
        var greylist = Needed(operation.Greylist, operation.Kind);
        var learns = greylist.LearnFor > TimeSpan.Zero ? _began[RedisNames.Identity(greylist)] + WindowClock.ToMicros(greylist.LearnFor) : 0;
        return _redis.ScriptEvaluateAsync(
            RedisScript.Greylist,
            _names.Greylist(greylist, operation.Key, operation.Client),
            [
                now, WindowClock.ToMicros(greylist.Delay), WindowClock.ToMicros(greylist.RetryWithin), WindowClock.ToMicros(greylist.Remember),
                greylist.TrustClientAfter, learns, greylist.AdoptsShadow ? 1 : 0, operation.Client.IsEmpty ? 0 : 1,
            ]);
    }

    private void Take(StateBatch batch, int index, RedisValue[] answer, DateTimeOffset now)
    {
        ref var operation = ref batch[index];
        operation.Value = double.Parse((string)answer[0]!, CultureInfo.InvariantCulture);
        if (operation.Kind == StateOperationKind.Read)
        {
            operation.Stamp = (string)answer[2]! == "1" ? 0 : 1;
        }

        var micros = (string)answer[1]!;
        operation.Until = micros switch
        {
            "0" => default,
            "-1" or "never" => DateTimeOffset.MaxValue,
            _ => Write(long.Parse(micros, CultureInfo.InvariantCulture)),
        };
        if (operation is { Kind: StateOperationKind.RetryAt, Counter.Kind: WindowKind.Gauge } && micros == "0")
        {
            operation.Until = now;
        }
    }

    private long NextStamp(long now)
    {
        while (true)
        {
            var last = Volatile.Read(ref _lastStamp);
            var next = Stamps.Next(last, now);
            if (Interlocked.CompareExchange(ref _lastStamp, next, last) == last)
            {
                return next;
            }
        }
    }

    /// <summary>What all processes must agree on is read once.</summary>
    private async ValueTask PrepareAsync(StateBatch batch, long now)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var (needsHash, greylist) = Needs(batch[i]);
            if (needsHash && _members is null)
            {
                var key = await ShareAsync("hash", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))).ConfigureAwait(false);
                _members = new MemberHash(ulong.Parse(key.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture), ulong.Parse(key.AsSpan(16), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            }

            if (greylist is not null && RedisNames.Identity(greylist) is var identity && !_began.ContainsKey(identity))
            {
                _began[identity] = long.Parse(await ShareAsync($"began:{identity}", await FirstUseAsync(greylist, now).ConfigureAwait(false)).ConfigureAwait(false), CultureInfo.InvariantCulture);
            }
        }
    }

    private static (bool Hash, GreylistDefinition? Greylist) Needs(in StateOperation operation) =>
        (operation.Counter is { Kind: WindowKind.Distinct }, operation.Greylist is { } greylist && greylist.LearnFor > TimeSpan.Zero ? greylist : null);

    /// <summary>One that leaves monitor mode has begun to learn there.</summary>
    private async Task<string> FirstUseAsync(GreylistDefinition greylist, long now)
    {
        var shadow = greylist.AdoptsShadow ? RedisNames.Identity(greylist with { Name = greylist.Name + GreylistDefinition.ShadowSuffix }) : null;
        return (shadow is null ? null : (string?)await _redis.StringGetAsync(_names.Fact($"began:{shadow}")).ConfigureAwait(false))
            ?? now.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The first to come writes it, all read the same.</summary>
    private async Task<string> ShareAsync(string name, string mine)
    {
        await _redis.StringSetAsync(_names.Fact(name), mine, when: When.NotExists).ConfigureAwait(false);
        return (string)(await _redis.StringGetAsync(_names.Fact(name)).ConfigureAwait(false))!;
    }
}
