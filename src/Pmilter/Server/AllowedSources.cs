using System.Collections.Concurrent;
using System.Net;

namespace Pmilter.Server;

/// <summary><c>server.allow</c>: who may connect over TCP. One warning a minute and source.</summary>
internal sealed class AllowedSources(IReadOnlyList<IPNetwork> networks, TimeProvider time)
{
    /// <summary>Sources remembered for their warnings; beyond it the memory starts anew.</summary>
    private const int MaxWarned = 1000;

    private static readonly TimeSpan WarnEvery = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<IPAddress, DateTimeOffset> _warned = new();

    /// <summary>Unix sockets have no address and are ruled by their mode.</summary>
    public bool Admits(EndPoint? remote)
    {
        if (remote is not IPEndPoint { Address: var address })
        {
            return true;
        }

        var plain = Plain(address);
        return networks.Any(network => network.Contains(plain));
    }

    /// <summary>Whether the refusal of this source is due to be told.</summary>
    public bool IsWarningDue(EndPoint? remote)
    {
        if (remote is not IPEndPoint { Address: var address })
        {
            return false;
        }

        var now = time.GetUtcNow();
        var source = Plain(address);
        if (_warned.TryGetValue(source, out var last) && now - last < WarnEvery)
        {
            return false;
        }

        if (_warned.Count >= MaxWarned)
        {
            _warned.Clear();
        }

        _warned[source] = now;
        return true;
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
