using System.Net.Sockets;
using Pmilter.Effects.Redis;
using Pmilter.Effects.Tests.Counters.Contract;
using Pmilter.Policies.State;
using Pmilter.TestKit;
using StackExchange.Redis;

namespace Pmilter.Effects.Tests.Redis;

/// <summary>Stores on one redis-server, each under a prefix of its own. The server ends with the tests' process.</summary>
public sealed class RedisStores : IStoreKind
{
    private static readonly Lazy<ConnectionMultiplexer> Connection = new(() =>
    {
        var server = RedisServer.Start();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Dispose();
        return ConnectionMultiplexer.Connect(new ConfigurationOptions { EndPoints = { new UnixDomainSocketEndPoint(server.Socket) }, AllowAdmin = true });
    });

    public static IDatabase Database => Connection.Value.GetDatabase();

    public static IServer Server => Connection.Value.GetServers()[0];

    public int Samples => 15;

    /// <summary>A fixed key of the members' hash: a sample is the same in every run.</summary>
    public IStateStore Create(int exactEvents, int exactMembers)
    {
        var prefix = $"t{Guid.NewGuid():N}";
        Database.StringSet($"{prefix}:f:{{hash}}", "07060504030201000f0e0d0c0b0a0908");
        return new RedisStateStore(Database, prefix, exactEvents, exactMembers);
    }
}

[Collection("redis")]
public sealed class RedisWindowTests : WindowContract<RedisStores>;

[Collection("redis")]
public sealed class RedisUndoTests : UndoContract<RedisStores>;

[Collection("redis")]
public sealed class RedisAdmissionTests : AdmissionContract<RedisStores>;

[Collection("redis")]
public sealed class RedisDeadlineTests : DeadlineContract<RedisStores>;

[Collection("redis")]
public sealed class RedisGreylistTests : GreylistContract<RedisStores>;

[Collection("redis")]
public sealed class RedisKeyTests : KeyContract<RedisStores>;
