using Pmilter.Effects.Counters;
using Pmilter.Effects.Tests.Counters.Contract;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Tests.Counters;

public sealed class MemoryStores : IStoreKind
{
    /// <summary>A fixed key: a sample is the same in every run, so its bound can be tested without chance.</summary>
    internal static MemberHash Hash { get; } = new(0x0706050403020100, 0x0f0e0d0c0b0a0908);

    public IStateStore Create(int exactEvents, int exactMembers) => new MemoryStateStore(exactEvents, exactMembers, hash: Hash);
}

public sealed class MemoryWindowTests : WindowContract<MemoryStores>;

public sealed class MemoryUndoTests : UndoContract<MemoryStores>;

public sealed class MemoryAdmissionTests : AdmissionContract<MemoryStores>;

public sealed class MemoryDeadlineTests : DeadlineContract<MemoryStores>;

public sealed class MemoryGreylistTests : GreylistContract<MemoryStores>;

public sealed class MemoryKeyTests : KeyContract<MemoryStores>;
