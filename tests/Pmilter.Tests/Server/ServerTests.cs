using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.Server;

namespace Pmilter.Tests.Server;

public sealed class ServerTests
{
    private static readonly ClientFacts Client = new("[203.0.113.9]", ClientFamily.Inet, "203.0.113.9", 4321);

    private static readonly OutgoingMessage Message = new()
    {
        Sender = new EnvelopeAddress("<a@b.example>"),
        Recipients = [new EnvelopeAddress("<c@d.example>")],
        Headers = [MailHeader.Of("Subject", "hello")],
        Body = "hello\r\n"u8.ToArray(),
    };

    [Fact]
    public async Task Message_WithoutRules_GoesThrough()
    {
        await using var rig = await ServerRig.StartAsync();
        await using var client = await rig.DialAsync();

        Assert.Equal(VerdictKind.Continue, (await SendAsync(client)).Final.Kind);
    }

    [Fact]
    public async Task Connections_ManyAtOnce_AreAllServed()
    {
        await using var rig = await ServerRig.StartAsync();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            await using var client = await rig.DialAsync();
            return await SendAsync(client);
        }));

        Assert.All(outcomes, outcome => Assert.Equal(VerdictKind.Continue, outcome.Final.Kind));
    }

    [Fact]
    public async Task Listeners_TcpV4V6AndUnix_AllAnswer()
    {
        var path = SocketPath();
        await using var rig = await ServerRig.StartAsync(ServerRig.Options("inet:127.0.0.1:0", "inet:[::1]:0", $"unix:{path}"));

        foreach (var listener in rig.Listeners)
        {
            await using var client = await rig.DialAsync(ServerRig.AddressOf(listener));
            Assert.Equal(VerdictKind.Continue, (await SendAsync(client)).Final.Kind);
        }
    }

    [Fact]
    public async Task UnixSocket_ItsMode_IsAsConfigured()
    {
        var path = SocketPath();
        var options = ServerRig.Options() with { Listen = [new ListenSettings("mx", ServerRig.Parse($"unix:{path}"), (UnixFileMode)0x1B0)] };

        await using var rig = await ServerRig.StartAsync(options);

        Assert.Equal((UnixFileMode)0x1B0, File.GetUnixFileMode(path)); // 0660
    }

    [Fact]
    public async Task UnixSocket_UnknownGroup_StartsNotAndNamesTheFix()
    {
        var options = ServerRig.Options() with { Listen = [new ListenSettings("mx", ServerRig.Parse($"unix:{SocketPath()}"), null, "no-such-group")] };

        var error = await Assert.ThrowsAsync<ServerStartException>(() => ServerRig.StartAsync(options));

        Assert.Contains("groupadd no-such-group", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnixSocket_LeftBehind_IsReplaced()
    {
        var path = SocketPath();
        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            left.Bind(new UnixDomainSocketEndPoint(path));
            File.Move(path, path + ".moved"); // closing it would remove it
        }

        File.Move(path + ".moved", path);

        await using var rig = await ServerRig.StartAsync(ServerRig.Options($"unix:{path}"));
        await using var client = await rig.DialAsync();
        Assert.NotNull(client.Agreed);
    }

    [Fact]
    public async Task UnixSocket_SomebodyAnswers_IsLeftAlone()
    {
        var path = SocketPath();
        await using var first = await ServerRig.StartAsync(ServerRig.Options($"unix:{path}"));

        var error = await Assert.ThrowsAsync<ServerStartException>(() => ServerRig.StartAsync(ServerRig.Options($"unix:{path}")));

        Assert.Contains("another process answers on it", error.Message, StringComparison.Ordinal);
        await using var client = await first.DialAsync();
        Assert.NotNull(client.Agreed);
    }

    [Fact]
    public async Task UnixSocket_AnotherFileThere_IsLeftAlone()
    {
        var path = SocketPath();
        await File.WriteAllTextAsync(path, "precious");

        var error = await Assert.ThrowsAsync<ServerStartException>(() => ServerRig.StartAsync(ServerRig.Options($"unix:{path}")));

        Assert.Contains("is not a socket", error.Message, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(path));
        File.Delete(path);
    }

    /// <summary>Any program that may open the socket could end the server so.</summary>
    [Fact]
    public async Task UnixSocket_PeerBoundToALongName_IsServedAsAllOthers()
    {
        var path = SocketPath();
        await using var rig = await ServerRig.StartAsync(ServerRig.Options($"unix:{path}"));
        using var peer = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        peer.Bind(new UnixDomainSocketEndPoint($"\0{new string('x', 100)}"));

        await peer.ConnectAsync(new UnixDomainSocketEndPoint(path));
        await peer.SendAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray());

        Assert.Equal(0, await ReceiveAsync(peer));
        await using var client = await rig.DialAsync(ServerRig.Parse($"unix:{path}"));
        Assert.NotNull(client.Agreed);
    }

    [Fact]
    public async Task UnixSocket_ServerStopped_IsGone()
    {
        var path = SocketPath();
        await using (await ServerRig.StartAsync(ServerRig.Options($"unix:{path}")))
        {
            Assert.True(File.Exists(path));
        }

        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task TcpPort_InUse_StartsNotAndNamesTheFix()
    {
        await using var first = await ServerRig.StartAsync();

        var error = await Assert.ThrowsAsync<ServerStartException>(() => ServerRig.StartAsync(ServerRig.Options(first.Address.ToString())));

        Assert.Contains("the port is in use", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tcp_SourceNotAllowed_IsClosedWithOneWarning()
    {
        await using var rig = await ServerRig.StartAsync(ServerRig.Options("inet:127.0.0.1:0") with { Allow = [] });

        foreach (var _ in Enumerable.Range(0, 3))
        {
            using var socket = await rig.ConnectAsync();
            Assert.Equal(0, await ReceiveAsync(socket));
        }

        Assert.Single(rig.Log.Lines, line => line.Contains("not in server.allow", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Probe_ThatOnlyConnects_IsNoWarning()
    {
        await using var rig = await ServerRig.StartAsync();

        for (var i = 0; i < 10; i++)
        {
            (await rig.ConnectAsync()).Dispose();
        }

        await using var client = await rig.DialAsync();
        Assert.NotNull(client.Agreed);
        Assert.DoesNotContain(rig.Log.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GET / HTTP/1.0\r\n\r\n")]
    [InlineData("\0\0\0\0")]
    [InlineData("\0\0\0\u0001Z")]
    public async Task Garbage_FromAPeer_EndsItsConnectionAlone(string garbage)
    {
        await using var rig = await ServerRig.StartAsync();
        await using var good = await rig.DialAsync();
        using var bad = await rig.ConnectAsync();

        await bad.SendAsync(System.Text.Encoding.Latin1.GetBytes(garbage));

        Assert.Equal(0, await ReceiveAsync(bad));
        Assert.Equal(VerdictKind.Continue, (await SendAsync(good)).Final.Kind);
        Assert.Single(rig.Log.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Garbage_InTheMiddleOfAMessage_IsLoggedWithItsQueueId()
    {
        await using var rig = await ServerRig.StartAsync();
        using var peer = await rig.ConnectAsync();

        await peer.SendAsync(Frames(
            "O\0\0\0\u0006\0\0\u0001\u00ff\0\0\0\0", "CMunknown\0U", "DMi\04QueueId\0", "M<a@b.example>\0", "?"));

        await rig.SaysAsync("4QueueId");
        Assert.Contains(rig.Log.Lines, line => line.StartsWith("Warning: 0001 4QueueId - in state Mail: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Client_GoneInTheMiddle_LeavesTheServerUp()
    {
        await using var rig = await ServerRig.StartAsync();
        await using (var gone = await rig.DialAsync())
        {
            await gone.ConnectAsync(Client, CancellationToken.None);
            await gone.MailAsync(Message.Sender, CancellationToken.None);
        }

        await using var client = await rig.DialAsync();
        Assert.Equal(VerdictKind.Continue, (await SendAsync(client)).Final.Kind);
    }

    [Fact]
    public async Task Stop_WithAnOpenSession_LetsItEnd()
    {
        await using var rig = await ServerRig.StartAsync();
        await using var client = await rig.DialAsync();
        await client.ConnectAsync(Client, CancellationToken.None);

        rig.Stop();

        Assert.Equal(VerdictKind.Continue, (await SendAsync(client)).Final.Kind);
        await client.QuitAsync(CancellationToken.None);
        await rig.EndAsync();
        await Assert.ThrowsAsync<SocketException>(() => rig.DialAsync());
    }

    [Fact]
    public async Task Stop_WithASessionThatStays_ClosesItAfterTheDrain()
    {
        var time = new FakeTimeProvider();
        await using var rig = await ServerRig.StartAsync(time: time);
        await using var client = await rig.DialAsync();
        rig.Stop();
        while (!rig.Log.Lines.Any(line => line.Contains("may end within 30 s", StringComparison.Ordinal)))
        {
            await Task.Yield();
        }

        time.Advance(TimeSpan.FromSeconds(31));

        await rig.EndAsync();
        Assert.Contains(rig.Log.Lines, line => line.Contains("1 sessions were still open", StringComparison.Ordinal));
    }

    [Fact]
    public async Task MaxConnections_Reached_FurtherOnesWaitForAFreePlace()
    {
        await using var rig = await ServerRig.StartAsync(ServerRig.Options("inet:127.0.0.1:0") with { MaxConnections = 1 });
        var first = await rig.DialAsync();

        var second = rig.DialAsync();
        Assert.NotSame(second, await Task.WhenAny(second, Task.Delay(TimeSpan.FromMilliseconds(200))));
        await first.QuitAsync(CancellationToken.None);
        await first.DisposeAsync();

        await using var served = await second;
        Assert.NotNull(served.Agreed);
    }

    private static async Task<MessageOutcome> SendAsync(MilterClient client)
    {
        var sender = new MessageSender(client);
        await sender.BeginAsync(Client, "client.example", CancellationToken.None);
        return await sender.SendAsync(Message, CancellationToken.None);
    }

    private static async Task<int> ReceiveAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[16]).WaitAsync(TimeSpan.FromSeconds(20));
        }
        catch (SocketException)
        {
            return 0; // Reset: it was closed with bytes unread.
        }
    }

    // Each text as a packet: four bytes of length, then its own.
    private static byte[] Frames(params string[] packets) =>
        [.. packets.SelectMany(text => (byte[])[0, 0, 0, (byte)text.Length, .. System.Text.Encoding.Latin1.GetBytes(text)])];

    private static string SocketPath() => Path.Combine(Path.GetTempPath(), $"pmilter-{Guid.NewGuid():N}.sock");
}
