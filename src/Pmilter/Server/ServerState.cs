using Pmilter.Effects.Counters;
using Pmilter.Policies.State;

namespace Pmilter.Server;

/// <summary>The state that all sessions share, and who may look at it.</summary>
internal sealed class ServerState
{
    private readonly MemoryStateStore _memory = new();

    public ServerState() => View = new MemoryStateView(_memory);

    /// <summary><c>memory</c> or <c>redis</c>.</summary>
    public string Store => "memory";

    /// <summary>The shared store does not answer: this server's own counters go on.</summary>
    public bool IsDegraded => false;

    /// <summary>This process's own, which is saved and loaded.</summary>
    public MemoryStateStore Local => _memory;

    public IStateStore Operations => _memory;

    public IStateView View { get; }

    /// <summary>Forgets what the new policies do not name.</summary>
    public RetainReport Retain(StateInventory inventory) => _memory.Retain(inventory);

    public void Sweep(DateTimeOffset now) => _memory.Sweep(now);
}
