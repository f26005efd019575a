using System.Net;
using System.Net.Sockets;

namespace Pmilter.Postfix.Tests.Rig;

/// <summary>Ports that nobody uses at this moment.</summary>
internal static class Ports
{
    public static int Free()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
