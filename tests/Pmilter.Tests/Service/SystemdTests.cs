using System.Net.Sockets;
using Pmilter.Protocol.Client;
using Pmilter.Tests.Server;

namespace Pmilter.Tests.Service;

/// <summary>The program under a service manager that is made here: its notify socket, its sockets, its signals.</summary>
public sealed class SystemdTests
{
    [Fact]
    public async Task Service_StartReloadAndStop_AreTold()
    {
        using var manager = new FakeManager(isAbstract: false);
        await using var service = ServiceProcess.Start(
            "server: { listen: ['unix:{folder}/m.sock'], drain: 100s }\n",
            "exec env --default-signal=HUP \"$@\"", // a test run under nohup ignores it, and so would the server
            ("NOTIFY_SOCKET", manager.Address),
            ("WATCHDOG_USEC", "10000000"));

        var ready = await manager.NextAsync("READY=1");
        await using (var client = await DialAsync($"unix:{service.Folder}/m.sock"))
        {
            Assert.NotNull(client.Agreed);
        }

        Assert.Contains("STATUS=Policies: 1, rules: 1, revision: ", ready, StringComparison.Ordinal);
        await manager.NextAsync("WATCHDOG=1");
        service.Signal("HUP");
        await manager.NextAsync("RELOADING=1");
        await manager.NextAsync("READY=1");
        await File.WriteAllTextAsync(Path.Combine(service.Folder, "policies", "10.yaml"), "policy: broken\nrules: nonsense\n");
        service.Signal("HUP");
        await manager.NextAsync("RELOADING=1");
        Assert.Contains("the last reload failed", await manager.NextAsync("READY=1"), StringComparison.Ordinal);
        service.Signal("TERM");
        Assert.Contains("EXTEND_TIMEOUT_USEC=130000000", await manager.NextAsync("STOPPING=1"), StringComparison.Ordinal);
        Assert.Equal(0, await service.EndAsync());
    }

    [Fact]
    public async Task Socket_PassedWithAName_IsListenedOn()
    {
        if (Activate is not { } activate)
        {
            return;
        }

        using var manager = new FakeManager(isAbstract: true);
        await using var service = ServiceProcess.Start(
            "server: { listen: ['systemd:mx'] }\n",
            $"{activate} -l {{folder}}/m.sock --fdname=mx -E NOTIFY_SOCKET -E DOTNET_ROOT -E PATH -E HOME \"$@\"",
            ("NOTIFY_SOCKET", manager.Address));
        await UntilAsync(() => File.Exists($"{service.Folder}/m.sock"));

        // The first connection starts it, and waits meanwhile.
        await using var client = await DialAsync($"unix:{service.Folder}/m.sock");
        Assert.NotNull(client.Agreed);
        await client.QuitAsync(CancellationToken.None);
        service.Signal("TERM");

        Assert.Equal(0, await service.EndAsync());
        Assert.True(File.Exists($"{service.Folder}/m.sock"), "the socket is the manager's, who goes on listening");
    }

    [Fact]
    public async Task Socket_PassedAtAnAddressOfTheConfiguration_IsListenedOn()
    {
        if (Activate is not { } activate)
        {
            return;
        }

        await using var service = ServiceProcess.Start(
            "server: { listen: [{ at: 'unix:{folder}/m.sock', mode: '0660' }] }\n", $"{activate} -l {{folder}}/m.sock -E DOTNET_ROOT -E PATH -E HOME \"$@\"");
        await UntilAsync(() => File.Exists($"{service.Folder}/m.sock"));

        await using var client = await DialAsync($"unix:{service.Folder}/m.sock");
        Assert.NotNull(client.Agreed);
    }

    [Theory]
    [InlineData("systemd:other", "systemd passed unix:", "(systemd:mx); write one of these names")]
    [InlineData("unix:{folder}/other.sock", "systemd listens for this server on unix:", "which server.listen does not name")]
    public async Task Socket_ThatNobodyNames_EndsTheStartWithTwo(string listen, string found, string mend)
    {
        if (Activate is not { } activate)
        {
            return;
        }

        await using var service = ServiceProcess.Start(
            $"server: {{ listen: ['{listen}'] }}\n", $"{activate} -l {{folder}}/m.sock --fdname=mx -E DOTNET_ROOT -E PATH -E HOME \"$@\"");
        await UntilAsync(() => File.Exists($"{service.Folder}/m.sock"));
        using var knock = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await knock.ConnectAsync(new UnixDomainSocketEndPoint($"{service.Folder}/m.sock"));

        Assert.Equal(2, await service.EndAsync());
        Assert.Contains(found, service.Errors, StringComparison.Ordinal);
        Assert.Contains(mend, service.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_NonePassed_EndsTheStartAndNamesTheUnit()
    {
        await using var service = ServiceProcess.Start("server: { listen: ['systemd:pmilter.socket'] }\n");

        Assert.Equal(2, await service.EndAsync());
        Assert.Contains("systemctl start pmilter.socket", service.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Descriptor_ThatDoesNotListen_EndsTheStartAndNamesTheMend()
    {
        await using var service = ServiceProcess.Start(
            "server: { listen: ['systemd:mx'] }\n", "exec 3</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=mx exec \"$@\"");

        Assert.Equal(2, await service.EndAsync());
        Assert.Contains("the socket unit needs ListenStream= and Accept=no", service.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BadStart_UnderTheJournal_HasPriorities()
    {
        await using var service = ServiceProcess.Start(
            "server: { listen: ['nowhere'], allow: [127.0.0.1/8] }\nnotify: { oncall: { url: 'http://hooks.example/x' } }\n",
            "JOURNAL_STREAM=0:$(stat -L -c %i /proc/self/fd/2) exec \"$@\"");

        Assert.Equal(2, await service.EndAsync());
        var lines = service.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, line => line.StartsWith("<3>", StringComparison.Ordinal) && line.Contains("error PM300", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("<4>", StringComparison.Ordinal) && line.Contains("warning PM337", StringComparison.Ordinal));
        Assert.StartsWith("<3>pmilter: the configuration has errors", lines[^1], StringComparison.Ordinal);
        Assert.All(lines, line => Assert.Matches("^<[34]>", line));
    }

    [Fact]
    public async Task BadStart_JournalOfAnotherProcess_HasNone()
    {
        await using var service = ServiceProcess.Start("server: { listen: ['nowhere'] }\n", "JOURNAL_STREAM=0:1 exec \"$@\"");

        Assert.Equal(2, await service.EndAsync());
        Assert.DoesNotContain("<3>", service.Errors, StringComparison.Ordinal);
    }

    private static string? Activate { get; } = new[] { "/usr/bin/systemd-socket-activate", "/bin/systemd-socket-activate" }.FirstOrDefault(File.Exists);

    private static Task<MilterClient> DialAsync(string address) =>
        MilterClient.DialAsync(ServerRig.Parse(address), null, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }
}
