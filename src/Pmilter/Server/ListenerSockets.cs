using System.Net.Sockets;
using Pmilter.Protocol.Transports;
using Pmilter.Service;

namespace Pmilter.Server;

/// <summary>The sockets of <c>server.listen</c>: those that systemd or the process before passed, and those that are opened here.</summary>
internal static class ListenerSockets
{
    /// <summary>All, or none.</summary>
    /// <exception cref="ServerStartException">One cannot be listened on, or systemd passed one that nobody asked for.</exception>
    public static async Task<IReadOnlyList<(ListenerPlace Place, Socket Socket)>> OpenAsync(
        IReadOnlyList<ListenSettings> entries, InheritedSockets inherited, CancellationToken cancellationToken)
    {
        var opened = new List<(ListenerPlace Place, Socket Socket)>();
        try
        {
            foreach (var entry in entries)
            {
                if (entry.Address is not { } address)
                {
                    opened.AddRange(inherited.Named(entry.Inherited).Select(one => (Passed(new ListenerPlace(entry.Name, one.Socket.LocalEndPoint!), one), one.Socket)));
                    continue;
                }

                foreach (var place in await ResolveAsync(entry, address, cancellationToken).ConfigureAwait(false))
                {
                    // Mode and group of one that was passed are the socket unit's matter.
                    opened.Add(inherited.At(place.EndPoint) is { } passed ? (Passed(place, passed), passed.Socket) : (place, ListenerSocket.Open(place)));
                }
            }

            inherited.CheckAllTaken();
            return opened;
        }
        catch
        {
            opened.ForEach(one => ListenerSocket.Close(one.Place, one.Socket));
            throw;
        }
    }

    private static ListenerPlace Passed(ListenerPlace place, InheritedSocket passed) =>
        place with { IsInherited = passed.IsManaged, ServiceName = passed.Name, IsTakenOver = !passed.IsManaged };

    private static async Task<IEnumerable<ListenerPlace>> ResolveAsync(ListenSettings entry, MilterAddress address, CancellationToken cancellationToken)
    {
        try
        {
            var endPoints = await address.ResolveAsync(cancellationToken).ConfigureAwait(false);
            return endPoints.Distinct().Select(endPoint => new ListenerPlace(entry.Name, endPoint, entry.Mode, entry.Group));
        }
        catch (SocketException error)
        {
            throw new ServerStartException($"Cannot listen on {address}: the name does not resolve ({error.Message}); use an address.", error);
        }
    }
}
