using System.Net.Sockets;
using Pmilter.Protocol.Replies;
using Pmilter.Server;
using Pmilter.Tests.Server.State;

namespace Pmilter.Tests.Faults;

public sealed class DescriptorTests
{
    /// <summary>More than 400 open files leave for connections, and fewer than the backlog and these together.</summary>
    private const int TooMany = 400;

    /// <summary>A runtime that can open nothing more cannot load code, start a thread or log, and may end: connections never take the last files.</summary>
    [Fact]
    public async Task Connections_MoreThanFilesMayBeOpen_WaitAndTheServerLives()
    {
        await using var server = await FaultProcess.StartAsync(shell: "ulimit -n 400; exec \"$@\"");
        Assert.Equal(VerdictKind.Continue, await server.SendAsync());
        var level = await server.SettledDescriptorsAsync();

        var idle = new List<Socket>();
        for (var i = 0; i < TooMany; i++)
        {
            idle.Add(await server.ConnectAsync());
        }

        await PmilterChild.UntilAsync(() => server.Process.Errors.Contains("waits: server.max_connections", StringComparison.Ordinal) || server.Process.HasExited, () => $"{server.Process.Descriptors} descriptors\n{server.Process.Errors}");
        idle.ForEach(socket => socket.Dispose());

        Assert.Equal(VerdictKind.Continue, await server.SendAsync());
        await PmilterChild.UntilAsync(() => server.Process.Descriptors <= level + 2, () => $"{server.Process.Descriptors} descriptors, {level} before");
        Assert.Single(server.Process.Errors.Split('\n'), line => line.Contains("the system allows 400 open files: ", StringComparison.Ordinal));
        Assert.DoesNotContain("cannot accept", server.Process.Errors, StringComparison.Ordinal);
        Assert.False(server.Process.HasExited);
    }

    [Theory]
    [InlineData(1024, 40, 10_000, 728)]
    [InlineData(65_536, 40, 10_000, 10_000)]
    [InlineData(400, 139, 10_000, 161)]
    [InlineData(30, 40, 10_000, 1)]
    [InlineData(long.MaxValue, 0, 1_000_000, 1_000_000)]
    public void Connections_OfSoManyFiles_LeaveSomeForTheRest(long files, int open, int wanted, int expected) =>
        Assert.Equal(expected, DescriptorLimit.ConnectionsWithin(files, open, wanted));

    [Theory]
    [InlineData("Max open files            1024                 524288               files     ", 1024)]
    [InlineData("Max open files            unlimited            unlimited            files     ", long.MaxValue)]
    [InlineData("Max processes             96000                96000                processes ", long.MaxValue)]
    public void Limits_AsTheKernelPrintsThem_AreRead(string line, long expected) => Assert.Equal(expected, DescriptorLimit.Parse(["Limit  Soft Limit", line]));

    /// <summary>1,000 in the normal run; 10,000 where PMILTER_NIGHTLY is set and the limit of open files allows it.</summary>
    [Fact]
    public async Task Connections_ThousandsIdle_MailGoesOnAndTheirMemoryIsSmall()
    {
        const long MostBytesEach = 20_000;
        var count = Environment.GetEnvironmentVariable("PMILTER_NIGHTLY") is null ? 1_000 : 9_900;
        await using var server = await FaultProcess.StartAsync();
        Assert.Equal(VerdictKind.Continue, await server.SendAsync());
        var (descriptors, memory) = (await server.SettledDescriptorsAsync(), server.Process.Memory);

        var idle = new List<Socket>();
        for (var i = 0; i < count; i++)
        {
            idle.Add(await server.ConnectAsync());
        }

        Assert.Equal(VerdictKind.Continue, await server.SendAsync());
        await PmilterChild.UntilAsync(() => server.Process.Descriptors >= descriptors + count - 1, () => $"{server.Process.Descriptors} descriptors");
        Assert.InRange(server.Process.Memory - memory, long.MinValue, (count * MostBytesEach) + 20_000_000);
        idle.ForEach(socket => socket.Dispose());

        await PmilterChild.UntilAsync(() => server.Process.Descriptors <= descriptors + 2, () => $"{server.Process.Descriptors} descriptors, {descriptors} before");
        Assert.Equal(VerdictKind.Continue, await server.SendAsync());
    }
}
