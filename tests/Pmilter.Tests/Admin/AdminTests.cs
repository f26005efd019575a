using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.Server;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Server;

namespace Pmilter.Tests.Admin;

/// <summary><c>pmilter counters</c>, <c>bans</c> and <c>greylist</c> against a running server.</summary>
public sealed class AdminTests : IDisposable
{
    private const string Policy = """
        policy: p
        counters:
          mails: { phase: mail, count: messages, key: [client_ip, mail_from], window: 1h }
        bans:
          bad: { key: [client_ip], for: [1h, released] }
        rules:
          - { id: banned, phase: mail, when: "banned('bad')", then: [ reject: '5.7.1 banned' ] }
          - { id: often, phase: mail, limit: { counter: mails, max: 2, hold: 10m }, then: [ tempfail: '4.7.1 often' ] }
          - { id: spam, phase: mail, when: "mail_from = 'spam@b.example'", then: [ ban: bad, reject: '5.7.1 spam' ] }
        """;

    private readonly SiteFolder _site = new(string.Empty, ("p.yaml", Policy));

    private string Socket => Path.Combine(_site.Root, "state", "admin.sock");

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Counters_OfARunningServer_ShowsThemAndTheirLimits()
    {
        await using var rig = await StartAsync();
        await SendAsync(rig, "a");

        var all = await AskAsync("counters");
        Assert.Equal(0, all.ExitCode);
        Assert.Matches(@"(?m)^p/mails +count +1h +client_ip, mail_from +1 +\d+ B +0 +often: mails > 2 in 1h, hold 10m$", all.Output);

        var top = await AskAsync("counters", "top", "mails");
        Assert.Matches(@"(?m)^203\.0\.113\.9 \| a@b\.example +1 +█+$", top.Output);
    }

    [Fact]
    public async Task Show_OfAHeldKey_TellsCountLimitAndHold_AndResetLetsItThrough()
    {
        await using var rig = await StartAsync();
        await SendAsync(rig, "a", 2);
        Assert.Equal(VerdictKind.Tempfail, await SendAsync(rig, "a"));

        var show = await AskAsync("counters", "show", "p/mails", "203.0.113.9", "A@b.example");
        Assert.Equal(0, show.ExitCode);
        Assert.Contains("count  2 in 1h (exact)", show.Output, StringComparison.Ordinal);
        Assert.Contains("limit  often: mails > 2 in 1h, hold 10m", show.Output, StringComparison.Ordinal);
        Assert.Matches(@"held   by p/often until .*Z \(in 9m 5\ds\)", show.Output);

        var reset = await AskAsync("counters", "reset", "mails", "203.0.113.9", "a@b.example");
        Assert.Equal((0, true), (reset.ExitCode, reset.Output.Contains("1 key forgotten", StringComparison.Ordinal)));
        Assert.Equal(VerdictKind.Continue, await SendAsync(rig, "a"));
    }

    [Fact]
    public async Task Reset_OfAll_ForgetsEveryKey_AndOfNothingEndsWithOne()
    {
        await using var rig = await StartAsync();
        await SendAsync(rig, "a", 3);
        await SendAsync(rig, "c");

        Assert.Contains("2 keys forgotten", (await AskAsync("counters", "reset", "mails", "--all")).Output, StringComparison.Ordinal);
        Assert.Equal(1, (await AskAsync("counters", "reset", "mails", "--all")).ExitCode);
        Assert.Equal(2, (await AskAsync("counters", "reset", "mails")).ExitCode);
    }

    [Fact]
    public async Task Bans_AreListedAndLifted()
    {
        await using var rig = await StartAsync();
        await SendAsync(rig, "spam");
        Assert.Equal(VerdictKind.Reject, await SendAsync(rig, "good"));

        Assert.Matches(@"(?m)^ban +p/bad +203\.0\.113\.9 +.*\(in 59m 5\ds\) +0$", (await AskAsync("bans")).Output);
        var lifted = await AskAsync("bans", "rm", "bad", "203.0.113.9");
        Assert.Equal((0, "p/bad: lifted."), (lifted.ExitCode, lifted.Output.Trim()));
        Assert.Equal(1, (await AskAsync("bans", "rm", "bad", "203.0.113.9")).ExitCode);
        Assert.Equal(VerdictKind.Continue, await SendAsync(rig, "good"));
        Assert.Contains("Nobody is banned or held", (await AskAsync("bans", "list")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bans_AddedByHand_AreEnforced_OnceAndForThatLong()
    {
        await using var rig = await StartAsync();

        var banned = await AskAsync("bans", "add", "bad", "203.0.113.9", "--for", "4h", "--reason", "ticket 19");

        Assert.Matches(@"^p/bad: 203\.0\.113\.9 is banned, until .*Z \(in (4h|3h 59m)\)\.\n$", banned.Output);
        Assert.Equal((0, VerdictKind.Reject), (banned.ExitCode, await SendAsync(rig, "good")));
        var again = await AskAsync("bans", "add", "bad", "203.0.113.9");
        Assert.Equal((1, true), (again.ExitCode, again.Output.Contains("is banned already", StringComparison.Ordinal)));
        Assert.Equal(0, (await AskAsync("bans", "rm", "bad", "203.0.113.9")).ExitCode);
        Assert.Equal(VerdictKind.Continue, await SendAsync(rig, "good"));
    }

    [Fact]
    public async Task FormatJson_GivesKeysAsParts()
    {
        await using var rig = await StartAsync();
        await SendAsync(rig, "a");

        using var json = JsonDocument.Parse((await AskAsync("counters", "top", "mails", "--format", "json")).Output);
        Assert.Equal("p/mails", json.RootElement.GetProperty("counter").GetString());
        var key = json.RootElement.GetProperty("keys")[0];
        Assert.Equal(["203.0.113.9", "a@b.example"], key.GetProperty("key").EnumerateArray().Select(part => part.GetString()));
        Assert.Equal((1, true), (key.GetProperty("count").GetDouble(), key.GetProperty("exact").GetBoolean()));
    }

    [Theory]
    [InlineData("There is no counter 'mials'; did you mean 'mails'?", "counters", "top", "mials")]
    [InlineData("There is no ban 'x'; there are: p/bad", "bans", "rm", "x", "k")]
    [InlineData("The key of p/bad is [client_ip]: give 1 word, not 2", "bans", "add", "bad", "203.0.113.9", "x")]
    [InlineData("--for is at least 1s", "bans", "add", "bad", "203.0.113.9", "--for", "0s")]
    [InlineData("There is no greylist 'x'; the policies in force have none.", "greylist", "x")]
    public async Task UnknownName_IsAClearError(string expected, params string[] arguments)
    {
        await using var rig = await StartAsync();

        var run = await AskAsync(arguments);

        Assert.Equal((2, string.Empty), (run.ExitCode, run.Output));
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoServer_EndsWithThreeAndNamesTheMend()
    {
        var run = await AskAsync("counters");

        Assert.Equal(3, run.ExitCode);
        Assert.Contains("no server answers on", run.Error, StringComparison.Ordinal);
        Assert.Contains("admin.socket", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_IsTheServersUsersAlone_AndGoneAfterTheStop()
    {
        var rig = await StartAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Socket));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(Socket)!));
        await rig.DisposeAsync();
        Assert.False(File.Exists(Socket));
    }

    [Fact]
    public async Task Socket_ThatCannotBeOpened_LeavesTheServerRunning()
    {
        Directory.CreateDirectory(Socket);
        await using var rig = await ServerRig.StartAsync(Settings(), hasPolicies: true);
        await rig.SaysAsync("The admin socket");

        Assert.Equal(VerdictKind.Continue, await SendAsync(rig, "a"));
    }

    [Theory]
    [InlineData("GET /nothing HTTP/1.1\r\nHost: p\r\nConnection: close\r\n\r\n", "HTTP/1.1 404")]
    [InlineData("DELETE /counters HTTP/1.1\r\nHost: p\r\nConnection: close\r\n\r\n", "HTTP/1.1 404")]
    [InlineData("POST /counters/reset HTTP/1.1\r\nHost: p\r\nContent-Length: 9\r\nConnection: close\r\n\r\n123456789", "HTTP/1.1 4")]
    [InlineData("\0\0\0\r\n\r\n", "HTTP/1.1 400")]
    public async Task Garbage_IsAnsweredWithAnError(string request, string expected)
    {
        await using var rig = await StartAsync();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket));
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        var answer = new byte[4096];
        var length = await socket.ReceiveAsync(answer).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.StartsWith(expected, Encoding.ASCII.GetString(answer, 0, length), StringComparison.Ordinal);
    }

    private ServerSettings Settings() =>
        ServerRig.Options("inet:127.0.0.1:0") with { Policies = Path.Combine(_site.Root, "policies"), AdminSocket = Socket };

    private async Task<ServerRig> StartAsync()
    {
        var rig = await ServerRig.StartAsync(Settings(), hasPolicies: true);
        await rig.SaysAsync("Admin socket");
        return rig;
    }

    private Task<CommandRun> AskAsync(params string[] arguments) => CommandRun.OfAsync([.. arguments, "--socket", Socket]);

    private static async Task<VerdictKind> SendAsync(ServerRig rig, string user, int times = 1)
    {
        var last = VerdictKind.Continue;
        for (var i = 0; i < times; i++)
        {
            await using var client = await rig.DialAsync();
            var sender = new MessageSender(client);
            await sender.BeginAsync(new ClientFacts("[203.0.113.9]", ClientFamily.Inet, "203.0.113.9", 4321), "client.example", CancellationToken.None);
            var outcome = await sender.SendAsync(
                new OutgoingMessage { Sender = new EnvelopeAddress($"<{user}@b.example>"), Recipients = [new EnvelopeAddress("<c@d.example>")] },
                CancellationToken.None);
            last = outcome.Final.Kind;
        }

        return last;
    }
}
