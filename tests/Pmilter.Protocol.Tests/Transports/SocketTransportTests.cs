using System.Net;
using System.Net.Sockets;
using Pmilter.Protocol.Transports;

namespace Pmilter.Protocol.Tests.Transports;

public sealed class SocketTransportTests
{
    /// <summary>The kernel forgets TCP_QUICKACK when a connection looks interactive; an MTA that writes twice would wait 40 ms then.</summary>
    [Fact]
    public async Task Read_AfterAReadWithoutAnswer_AcknowledgesAtOnce()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var mta = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await mta.ConnectAsync(listener.LocalEndPoint!);
        var accepted = await listener.AcceptAsync();
        await using var transport = new SocketTransport(accepted);
        Assert.True(accepted.NoDelay);

        var buffer = new byte[16];
        for (var i = 0; i < 20; i++)
        {
            await mta.SendAsync(new byte[] { 1 }, SocketFlags.None);
            Assert.Equal(1, await transport.ReadAsync(buffer, CancellationToken.None));
            var second = transport.ReadAsync(buffer, CancellationToken.None);
            var option = new byte[4];
            accepted.GetRawSocketOption(6, 12, option);
            Assert.Equal(1, option[0]);
            await mta.SendAsync(new byte[] { 1 }, SocketFlags.None);
            Assert.Equal(1, await second);
            await transport.WriteAsync(new byte[] { 2 }, CancellationToken.None);
            await mta.ReceiveAsync(buffer, SocketFlags.None);
        }
    }

    [Fact]
    public async Task Read_OtherSideCloses_Zero()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var mta = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await mta.ConnectAsync(listener.LocalEndPoint!);
        await using var transport = new SocketTransport(await listener.AcceptAsync());
        mta.Dispose();

        Assert.Equal(0, await transport.ReadAsync(new byte[10], CancellationToken.None));
        await transport.DisposeAsync();
        await Assert.ThrowsAsync<IOException>(async () => await transport.WriteAsync(new byte[1], CancellationToken.None));
    }
}
