using Pmilter.Effects.Counters;
using Pmilter.Effects.Tests.Counters.Contract;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Tests.Counters;

public sealed class MemoryStores : IStoreKind
{
    public IStateStore Create(int exactEvents, int exactMembers) => new MemoryStateStore(exactEvents, exactMembers);
}

public sealed class MemoryWindowTests : WindowContract<MemoryStores>;

public sealed class MemoryUndoTests : UndoContract<MemoryStores>;

public sealed class MemoryAdmissionTests : AdmissionContract<MemoryStores>;

public sealed class MemoryDeadlineTests : DeadlineContract<MemoryStores>;

public sealed class MemoryGreylistTests : GreylistContract<MemoryStores>;

public sealed class MemoryKeyTests : KeyContract<MemoryStores>;
