using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pmilter.Server;

/// <summary>
/// The path of a Unix socket to listen on. .NET keeps as many bytes for the address of a peer as the listener's own address takes, and ends
/// the process when a peer has bound itself to a longer name; so this one always takes as many as there can be.
/// </summary>
internal sealed class UnixListenerEndPoint(string path) : EndPoint
{
    /// <summary>sizeof(struct sockaddr_un); the path begins behind the family, whose size is 2.</summary>
    private const int AddressBytes = 110;
    private const int PathStart = 2;

    private static readonly UnixDomainSocketEndPoint Factory = new("/");

    public override AddressFamily AddressFamily => AddressFamily.Unix;

    public override SocketAddress Serialize()
    {
        var address = new SocketAddress(AddressFamily.Unix, AddressBytes);
        var bytes = Encoding.UTF8.GetBytes(path);
        for (var i = 0; i < bytes.Length; i++)
        {
            address[PathStart + i] = bytes[i];
        }

        return address;
    }

    public override EndPoint Create(SocketAddress socketAddress) => Factory.Create(socketAddress);
}
