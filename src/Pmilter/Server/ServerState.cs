using Microsoft.Extensions.Logging;
using Pmilter.Effects.Counters;
using Pmilter.Effects.Counters.HandOver;
using Pmilter.Effects.Redis;
using Pmilter.Policies.State;

namespace Pmilter.Server;

/// <summary>The state that all sessions share, here or in Redis, and who may look at it.</summary>
internal sealed class ServerState : IAsyncDisposable
{
    private readonly SharedStateStore? _shared;
    private readonly HandOverStore _own;
    private IStateView? _sharedView;
    private StateInventory _inventory;

    /// <param name="inventory">What the first policies ask for.</param>
    public ServerState(StateSettings settings, StateInventory inventory, TimeProvider time, ILoggerFactory loggers)
    {
        _inventory = inventory;
        _own = new HandOverStore(Local);
        LocalView = new MemoryStateView(Local);
        if (settings.Redis.Length > 0)
        {
            var options = new SharedStateOptions(settings.Redis, settings.Prefix, settings.Budget, settings.GoesOnLocally);
            _shared = new SharedStateStore(options, Local, time, loggers.CreateLogger<SharedStateStore>());
        }
    }

    /// <summary><c>memory</c> or <c>redis</c>.</summary>
    public string Store => _shared is null ? "memory" : "redis";

    /// <summary>The shared store does not answer: this server's own counters go on.</summary>
    public bool IsDegraded => _shared is { IsDegraded: true };

    /// <summary>This process's own, which is saved and loaded.</summary>
    public MemoryStateStore Local { get; } = new();

    public IStateStore Operations => _shared is null ? _own : _shared;

    /// <summary>What another process takes over; null where it is shared anyway.</summary>
    public HandOverStore? Own => _shared is null ? _own : null;

    public StateInventory Inventory => Volatile.Read(ref _inventory);

    public IStateView View => _sharedView ?? LocalView;

    /// <summary>What operators change on one server, for all; null where nothing is shared.</summary>
    public SharedRegister? Register => _shared is null ? null : new SharedRegister(_shared, "hand");

    private MemoryStateView LocalView { get; }

    /// <summary>Connects where state is shared; a Redis that is not there stops nothing.</summary>
    /// <exception cref="ServerStartException">Its address cannot be read.</exception>
    public async Task StartAsync()
    {
        if (_shared is null)
        {
            return;
        }

        try
        {
            await _shared.StartAsync().ConfigureAwait(false);
        }
        catch (FormatException error)
        {
            throw new ServerStartException($"state.redis: {error.Message}", error);
        }

        _sharedView = new SharedStateView(_shared, new RedisStateView(_shared.Redis!, () => Volatile.Read(ref _inventory)), LocalView, () => Volatile.Read(ref _inventory));
    }

    public Task RunAsync(CancellationToken stop) => _shared?.RunAsync(stop) ?? Task.CompletedTask;

    /// <summary>Forgets what the new policies do not name.</summary>
    public RetainReport Retain(StateInventory inventory)
    {
        Volatile.Write(ref _inventory, inventory);
        return Local.Retain(inventory);
    }

    public void Sweep(DateTimeOffset now) => Local.Sweep(now);

    public ValueTask DisposeAsync() => _shared?.DisposeAsync() ?? ValueTask.CompletedTask;
}
