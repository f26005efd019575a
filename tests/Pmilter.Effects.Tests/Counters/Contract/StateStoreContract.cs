using Pmilter.Effects.Counters;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Tests.Counters.Contract;

/// <summary>Makes stores of one kind, each empty.</summary>
public interface IStoreKind
{
    /// <param name="exactEvents">Events of a key that are kept one by one; small, so that tests reach what lies beyond.</param>
    /// <param name="exactMembers">Different values of a key that are kept one by one.</param>
    IStateStore Create(int exactEvents, int exactMembers);

    /// <summary>How many cases a property is tried with: fewer where each operation crosses a socket.</summary>
    int Samples => 300;
}

/// <summary>What docs/state.md promises of every store. A kind of store passes it by deriving from each contract.</summary>
public abstract class StateStoreContract<TKind>
    where TKind : IStoreKind, new()
{
    protected StateStoreContract() => Store = NewStore();

    protected StoreDriver Store { get; }

    protected static int Samples { get; } = new TKind().Samples;

    protected static StoreDriver NewStore(int exactEvents = WindowShape.DefaultExactEvents, int exactMembers = WindowShape.DefaultExactMembers) =>
        new(new TKind().Create(exactEvents, exactMembers));
}
