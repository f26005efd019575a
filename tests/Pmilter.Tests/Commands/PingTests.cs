using System.Net;
using System.Net.Sockets;
using Pmilter.Tests.Server;

namespace Pmilter.Tests.Commands;

public sealed class PingTests
{
    [Fact]
    public async Task Ping_OfAServer_SaysItsVersionAndEndsWithZero()
    {
        await using var rig = await ServerRig.StartAsync();

        var run = await CommandRun.OfAsync("ping", rig.Address.ToString());

        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"^inet:127\.0\.0\.1:[0-9]+ answers: milter version 6, [0-9.]+ ms\r?\n$", run.Output);
    }

    [Fact]
    public async Task Ping_WithoutAnAddress_AsksTheFirstListener()
    {
        using var free = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // and does not listen
        var port = ((IPEndPoint)free.LocalEndPoint!).Port;
        using var site = new SiteFolder($"server: {{ listen: ['inet:127.0.0.1:{port}', 'inet:127.0.0.1:1'] }}\n");

        var run = await CommandRun.OfAsync("ping", "-c", site.Configuration);

        Assert.Equal(3, run.ExitCode);
        Assert.Contains($"nobody answers on inet:127.0.0.1:{port}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ping_OfOneThatNeverAnswers_EndsWithThreeInTime()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen();

        var run = await CommandRun.OfAsync("ping", $"inet:{silent.LocalEndPoint}", "--timeout", "200ms");

        Assert.Equal(3, run.ExitCode);
        Assert.Contains("did not answer within 0.2 s", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ping_SocketOfSystemd_AsksForItsAddress()
    {
        using var site = new SiteFolder("server: { listen: ['systemd:pmilter.socket'] }\n");

        var run = await CommandRun.OfAsync("ping", "-c", site.Configuration);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("name its address", run.Error, StringComparison.Ordinal);
    }
}
