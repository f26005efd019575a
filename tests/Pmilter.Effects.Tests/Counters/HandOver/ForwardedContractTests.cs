using System.Net;
using System.Net.Sockets;
using Pmilter.Effects.Counters;
using Pmilter.Effects.Counters.HandOver;
using Pmilter.Effects.Tests.Counters.Contract;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Tests.Counters.HandOver;

/// <summary>A process that has handed over its state asks the other one, and nothing is different: the whole contract, over a socket.</summary>
public sealed class ForwardedStores : IStoreKind
{
    public int Samples => 20;

    public IStateStore Create(int exactEvents, int exactMembers)
    {
        var (here, there) = Connect();
        var store = new HandOverStore(new MemoryStateStore(exactEvents, exactMembers, hash: MemoryStores.Hash));
        store.Hold();
        store.HandTo(new StateForwarder(here, TimeProvider.System, reason => Assert.Fail(reason)));
        _ = new StateReceiver(new MemoryStateStore(exactEvents, exactMembers, hash: MemoryStores.Hash), () => StateInventory.Empty).RunAsync(there, CancellationToken.None);
        return store;
    }

    internal static (Stream Here, Stream There) Connect()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var here = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        here.Connect(listener.LocalEndPoint!);
        var there = listener.Accept();
        there.NoDelay = true;
        return (new NetworkStream(here, ownsSocket: true), new NetworkStream(there, ownsSocket: true));
    }
}

public sealed class ForwardedWindowTests : WindowContract<ForwardedStores>;

public sealed class ForwardedUndoTests : UndoContract<ForwardedStores>;

public sealed class ForwardedAdmissionTests : AdmissionContract<ForwardedStores>;

public sealed class ForwardedDeadlineTests : DeadlineContract<ForwardedStores>;

public sealed class ForwardedGreylistTests : GreylistContract<ForwardedStores>;

public sealed class ForwardedKeyTests : KeyContract<ForwardedStores>;
