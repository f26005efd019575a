using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Pmilter.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.Server;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Reloading;
using Pmilter.Tests.Server;

namespace Pmilter.Tests.Admin;

/// <summary>Who may change something in the running server, and who only looks.</summary>
public sealed class AdminRoleTests : IDisposable
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Group = Owner | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
    private const int Postmasters = 54321;
    private const int HelpDesk = 54322;
    private const int Nobody = 54323;

    private readonly ReloadSite _site = new("""
        policy: p
        counters: { mails: { phase: mail, count: messages, key: [client_ip], window: 1h } }
        bans: { bad: { key: [client_ip], for: 1h } }
        greylists: { grey: { key: [client_net, mail_from, rcpt_to] } }
        rules:
          - { id: spam, phase: mail, when: "mail_from_user = 'spam'", then: [ reject: '5.7.1 no' ] }
          - { id: often, phase: mail, limit: { counter: mails, max: 100 }, then: [ tempfail ] }

        """);

    private string Folder => Path.GetDirectoryName(_site.Configuration)!;

    private string Main => Path.Combine(Folder, "run", "admin.sock");

    private string Read => Path.Combine(Folder, "run", "read.sock");

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("bans", "list")]
    [InlineData("block", "list")]
    [InlineData("counters")]
    [InlineData("counters", "top", "mails")]
    [InlineData("counters", "show", "mails", "203.0.113.9")]
    [InlineData("greylist")]
    [InlineData("lists")]
    [InlineData("history")]
    public async Task ReadSocket_TellsWhatTheOtherTells(params string[] arguments)
    {
        await using var rig = await StartAsync();
        await ReloadSite.SendAsync(rig, "a@b.example");

        var there = await CommandRun.OfAsync([.. arguments, "--socket", Main, "--format", "json"]);
        var here = await CommandRun.OfAsync([.. arguments, "--socket", Read, "--format", "json"]);

        Assert.Equal((there.ExitCode, there.Error), (here.ExitCode, here.Error));
        Assert.Equal(there.Output, here.Output);
    }

    [Theory]
    [InlineData("mode", "spam", "monitor", "--for", "1h")]
    [InlineData("mode", "all", "enforce")]
    [InlineData("block", "mail_from_user=a", "--for", "1h")]
    [InlineData("block", "rm", "b1")]
    [InlineData("bans", "add", "bad", "203.0.113.9")]
    [InlineData("bans", "rm", "bad", "203.0.113.9")]
    [InlineData("counters", "reset", "mails", "--all")]
    [InlineData("reload")]
    public async Task ReadSocket_RefusesEveryChange_SaysWhatIsNeeded_AndItIsTakenDown(params string[] arguments)
    {
        await using var rig = await StartAsync();
        var before = rig.Policies.Current;

        var run = await CommandRun.OfAsync([.. arguments, "--socket", Read]);

        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.Contains($"Nothing was changed: this socket, {Read} (admin.read_socket), only reads. What changes something goes through {Main} (admin.socket)", run.Error, StringComparison.Ordinal);
        Assert.Same(before, rig.Policies.Current);
        Assert.Contains("Nobody is banned", (await CommandRun.OfAsync("bans", "--socket", Read)).Error, StringComparison.Ordinal);
        var line = Assert.Single(Audit());
        Assert.Equal(("reader", "read only"), (line.GetProperty("role").GetString(), line.GetProperty("refused").GetString()));
        Assert.Matches(@"^\S+ \(uid \d+\)", line.GetProperty("user").GetString());
    }

    /// <summary>Whatever the paths are: nothing but GET and HEAD gets to them.</summary>
    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    public async Task ReadSocket_RefusesEveryMethodThatIsNotRead(string method)
    {
        await using var rig = await StartAsync();
        using var client = Http(Read);
        foreach (var path in new[] { "mode?name=spam&mode=monitor&seconds=60", "greylists/import?name=p/grey&tuples=1", "metrics", "nothing" })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"http://pmilter/{path}");
            using var response = await client.SendAsync(request);
            Assert.True(response.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.BadRequest, $"{method} {path}: {response.StatusCode}");
        }

        Assert.DoesNotContain("in monitor", (await CommandRun.OfAsync("status", "--socket", Read)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_AreTold_AndWhatChangesIsNoGet()
    {
        await using var rig = await StartAsync();
        using var client = Http(Read);
        Assert.Contains("pmilter_messages_total", await client.GetStringAsync(new Uri("http://pmilter/metrics")), StringComparison.Ordinal);
        foreach (var path in new[] { "mode?name=spam&mode=monitor&seconds=60", "block?key=mail_from_user%3Da&seconds=60", "bans/add?name=bad&key=a", "bans/lift?name=bad&key=a", "counters/reset?name=mails", "reload", "greylists/import?name=p/grey" })
        {
            using var response = await client.GetAsync(new Uri($"http://pmilter/{path}"));
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }
    }

    [Fact]
    public async Task Sockets_HaveTheirModes_AndAFolderThatNobodyMayEnterIsTold()
    {
        await using var rig = await StartAsync(settings => settings with { AdminAccess = SocketAccess.OwnerOnly, ReadSocket = Path.Combine(_site.State, "read.sock"), ReadAccess = new SocketAccess(Group, string.Empty) });

        Assert.Equal((Owner, Group), (File.GetUnixFileMode(Main), File.GetUnixFileMode(Path.Combine(_site.State, "read.sock"))));
        await rig.SaysAsync($"read.sock is meant for others, too, and {_site.State} may be entered by the server's user alone");
    }

    [Fact]
    public async Task Group_ThatIsNotThere_LeavesTheSocketClosed_AndTheServerRuns()
    {
        await using var rig = await ServerRig.StartAsync(Settings with { ReadAccess = new SocketAccess(Group, "no-such-group-here") }, hasPolicies: true);

        await rig.SaysAsync("there is no such group; create it (groupadd no-such-group-here) or correct the socket's group");
        Assert.Equal(VerdictKind.Reject, (await ReloadSite.SendAsync(rig, "spam@b.example")).Final.Kind);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => Http(Read).GetStringAsync(new Uri("http://pmilter/status")));
    }

    [OtherUserFact]
    public async Task Users_OfTheHelpDesk_LookThroughTheirSocket_AndAreToldWhenTheyChange()
    {
        await using var rig = await StartAsync();

        var status = await RunAsync(HelpDesk, "status");
        Assert.Equal((0, string.Empty), (status.ExitCode, status.Error));
        Assert.Contains("policies  revision ", status.Output, StringComparison.Ordinal);
        var history = await RunAsync(HelpDesk, "history");
        Assert.Equal((0, string.Empty), (history.ExitCode, history.Error));
        Assert.Contains(rig.Policies.Current.Revision, history.Output, StringComparison.Ordinal);
        var change = await RunAsync(HelpDesk, "mode", "spam", "monitor", "--for", "1h");
        Assert.Equal(ExitCodes.Usage, change.ExitCode);
        Assert.Contains("(admin.read_socket), only reads. What changes something goes through", change.Error, StringComparison.Ordinal);
        Assert.Contains("This user may not use that one.", change.Error, StringComparison.Ordinal);
        Assert.Equal(VerdictKind.Reject, (await ReloadSite.SendAsync(rig, "spam@b.example")).Final.Kind);

        var line = Assert.Single(Audit());
        Assert.Equal(("nobody (uid 65534) as 'mallory'", "reader", "mode", "read only"), (line.GetProperty("user").GetString(), line.GetProperty("role").GetString(), line.GetProperty("verb").GetString(), line.GetProperty("refused").GetString()));
    }

    [OtherUserFact]
    public async Task Users_OfTheSocketsGroup_MayChange_UnderTheNameThatTheKernelKnows()
    {
        await using var rig = await StartAsync();

        var change = await RunAsync(Postmasters, "mode", "spam", "monitor", "--for", "1h");

        Assert.Equal((0, string.Empty), (change.ExitCode, change.Error));
        Assert.Equal(VerdictKind.Continue, (await ReloadSite.SendAsync(rig, "spam@b.example")).Final.Kind);
        Assert.Contains("by nobody (uid 65534) as 'mallory'", (await CommandRun.OfAsync("status", "--socket", Main)).Output, StringComparison.Ordinal);
        var line = Assert.Single(Audit());
        Assert.Equal(("nobody (uid 65534) as 'mallory'", "admin"), (line.GetProperty("user").GetString(), line.GetProperty("role").GetString()));
    }

    [OtherUserFact]
    public async Task Users_OfNeitherGroup_AreToldSo_AndThoseWhoMayNotReadTheConfigurationNameTheSocket()
    {
        await using var rig = await StartAsync();

        var run = await RunAsync(Nobody, "status");
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains($"{Main} and {Read} may not be used by this user", run.Error, StringComparison.Ordinal);

        File.SetUnixFileMode(_site.Configuration, Owner);
        var unread = await RunAsync(HelpDesk, "status");
        Assert.NotEqual(0, unread.ExitCode);
        Assert.Contains("names the server's socket with --socket or PMILTER_SOCKET.", unread.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(HelpDesk, "status", "--socket", Read)).ExitCode);
        Assert.Equal(0, (await RunAsync(HelpDesk, [("PMILTER_SOCKET", Read)], "status")).ExitCode);
    }

    private ServerSettings Settings => _site.Settings with
    {
        AdminSocket = Main,
        ReadSocket = Read,
        AdminAccess = Environment.UserName == "root" ? new SocketAccess(Group, Postmasters.ToString(CultureInfo.InvariantCulture)) : SocketAccess.OwnerOnly,
        ReadAccess = Environment.UserName == "root" ? new SocketAccess(Group, HelpDesk.ToString(CultureInfo.InvariantCulture)) : SocketAccess.OwnerOnly,
    };

    /// <summary>Two doors in a folder that everybody may enter.</summary>
    private async Task<ServerRig> StartAsync(Func<ServerSettings, ServerSettings>? change = null)
    {
        const UnixFileMode all = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        foreach (var folder in new[] { Folder, Path.GetDirectoryName(Main)! })
        {
            Directory.CreateDirectory(folder);
            File.SetUnixFileMode(folder, all);
        }

        await File.WriteAllTextAsync(_site.Configuration, $"geoip: {{ country: '' }}\nadmin:\n  socket: {{ at: '{Main}', group: '{Postmasters}' }}\n  read_socket: {{ at: '{Read}', group: '{HelpDesk}' }}\n");
        File.SetUnixFileMode(_site.Configuration, Owner | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        var settings = change?.Invoke(Settings) ?? Settings;
        var rig = await ServerRig.StartAsync(settings, hasPolicies: true);
        await rig.SaysAsync($"Admin socket {settings.AdminSocket} is open");
        await rig.SaysAsync($"Admin socket {settings.ReadSocket} is open");

        // The start is noted after the sockets are open.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (new FileInfo(Path.Combine(_site.State, "revisions", "history.jsonl")) is not { Exists: true, Length: > 0 })
        {
            await Task.Delay(5, patience.Token);
        }

        return rig;
    }

    private Task<CommandRun> RunAsync(int group, params string[] arguments) => RunAsync(group, [], arguments);

    private async Task<CommandRun> RunAsync(int group, (string Name, string Value)[] environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("/usr/bin/setpriv", [.. OtherUserFactAttribute.As(group), "dotnet", OtherUserFactAttribute.Program, .. arguments, .. arguments.Contains("--socket") ? Array.Empty<string>() : ["-c", _site.Configuration]])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException("There is no setpriv.");
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new CommandRun(process.ExitCode, await output, await error);
    }

    private static HttpClient Http(string path) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, stop) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), stop);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    private JsonElement[] Audit() => [.. File.ReadAllLines(Path.Combine(_site.State, "audit.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];
}
