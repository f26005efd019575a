using Pmilter.Effects.Tests.Counters.Contract;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Tests.Counters.Snapshots;

/// <summary>What is saved and loaded is the same store: it passes the whole contract.</summary>
public sealed class ReloadedStores : IStoreKind
{
    public IStateStore Create(int exactEvents, int exactMembers) => new ReloadedStore(exactEvents, exactMembers);
}

public sealed class ReloadedWindowTests : WindowContract<ReloadedStores>;

public sealed class ReloadedUndoTests : UndoContract<ReloadedStores>;

public sealed class ReloadedAdmissionTests : AdmissionContract<ReloadedStores>;

public sealed class ReloadedDeadlineTests : DeadlineContract<ReloadedStores>;

public sealed class ReloadedGreylistTests : GreylistContract<ReloadedStores>;

public sealed class ReloadedKeyTests : KeyContract<ReloadedStores>;
