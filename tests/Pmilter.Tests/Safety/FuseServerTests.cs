using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Pmilter.Commands;
using Pmilter.Configuration;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Replies;
using Pmilter.TestKit;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Reloading;
using Pmilter.Tests.Server;

namespace Pmilter.Tests.Safety;

/// <summary><c>fuse</c> of a running server: a rule that refuses too much goes to monitor, and stays there until it is armed by hand.</summary>
public sealed class FuseServerTests : IDisposable
{
    private const string Policy = """
        policy: p
        rules:
          - { id: wrong, phase: mail, when: "mail_from_user = 'a'", then: [ reject: '5.7.1 no' ] }
          - { id: right, phase: mail, when: "mail_from_user = 'spam'", then: [ reject: '5.7.1 no' ] }
        """;

    private readonly ReloadSite _site = new(Policy);

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Fuse_Blown_IsToldOnce_ShownInStatusAndMetrics_AndArmedByHand()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var rig = await StartAsync(time);

        Assert.Equal(9, await RefusedAsync(rig, 30));
        time.Advance(TimeSpan.FromSeconds(2));
        await rig.SaysAsync("Fuse blown: p/wrong would have refused 10 of 10 messages in 10 min, more than 50 %. It is in monitor");
        await UntilAsync(rig, "Monitor");

        Assert.Equal(VerdictKind.Reject, (await ReloadSite.SendAsync(rig, "spam@b.example")).Final.Kind);
        var status = await AskAsync("status");
        Assert.Equal(ExitCodes.Findings, status.ExitCode);
        Assert.Matches("(?m)^fuse +p/wrong in monitor since .*Z: 10 of 10 messages$", status.Output);
        Assert.Contains("degraded: fuse: p/wrong would have refused 10 of 10", status.Output, StringComparison.Ordinal);
        Assert.Contains("is in monitor already, since its fuse has blown", (await AskAsync("mode", "wrong", "monitor", "--for", "1h")).Error, StringComparison.Ordinal);

        Assert.Equal("p/wrong is as its file says: enforce.\n", (await AskAsync("mode", "wrong", "enforce")).Output);
        Assert.Equal(ExitCodes.Ok, (await AskAsync("status")).ExitCode);
        Assert.Equal(VerdictKind.Reject, (await ReloadSite.SendAsync(rig, "a@b.example")).Final.Kind);
        Assert.Single(rig.Log.Lines, line => line.Contains("Fuse blown", StringComparison.Ordinal));
        var audit = File.ReadAllLines(Path.Combine(_site.State, "audit.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal("fuse", audit[0].GetProperty("user").GetString());
    }

    [Fact]
    public async Task Fuse_Blown_OutlastsAReloadAndARestart()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using (var rig = await StartAsync(time))
        {
            await RefusedAsync(rig, 10);
            time.Advance(TimeSpan.FromSeconds(2));
            await UntilAsync(rig, "Monitor");
            _site.Write(Policy + "\n# changed\n");
            Assert.True(rig.Reloader.Reload().IsGood);
            Assert.Equal(0, await RefusedAsync(rig, 5));
        }

        time.Advance(TimeSpan.FromDays(40));
        await using var again = await StartAsync(time);
        Assert.Equal(0, await RefusedAsync(again, 5));
        Assert.Equal(VerdictKind.Reject, (await ReloadSite.SendAsync(again, "spam@b.example")).Final.Kind);
        Assert.Contains("p/wrong in monitor since", (await AskAsync("status")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await AskAsync("mode", "all", "enforce")).ExitCode);
        Assert.Equal(5, await RefusedAsync(again, 5));
    }

    [Fact]
    public async Task Fuse_Blown_IsPostedToWhomNotifyNames_AndAMetric()
    {
        await using var sink = new HttpSink();
        var settings = _site.Settings with
        {
            Fuse = new FuseSection { Share = 0.5, Min = 10, Notify = "oncall" },
            Notify = new Dictionary<string, NotifyOptions> { ["oncall"] = new() { Url = sink.Url } },
        };
        await using var rig = await ServerRig.StartAsync(settings, hasPolicies: true);
        await RefusedAsync(rig, 9);
        Assert.Contains("pmilter_rule_fuse{policy=\"p\",rule=\"wrong\"} 0\n", await MetricsAsync(), StringComparison.Ordinal);

        await RefusedAsync(rig, 2);

        using var notice = JsonDocument.Parse((await sink.NextAsync()).Body);
        Assert.Equal(("fuse", "p/wrong"), (notice.RootElement.GetProperty("event").GetString(), notice.RootElement.GetProperty("subject").GetString()));
        Assert.StartsWith("Fuse blown: p/wrong would have refused 10 of 10 messages", notice.RootElement.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("pmilter_rule_fuse{policy=\"p\",rule=\"wrong\"} 1\n", await MetricsAsync(), StringComparison.Ordinal);
        Assert.Equal(1, sink.Count);
    }

    [Fact]
    public async Task FuseOfAll_Blown_LowersEveryRule_AndBlocksStay()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var rig = await ServerRig.StartAsync(_site.Settings with { Fuse = new FuseSection { Share = 1, Min = 10, ShareOfAll = 0.5 } }, time, hasPolicies: true);
        await AskAsync("block", "mail_from_user=blocked", "--for", "1h");

        Assert.Equal(9, await RefusedAsync(rig, 20));
        time.Advance(TimeSpan.FromSeconds(2));
        await UntilAsync(rig, "Monitor");

        Assert.Equal(VerdictKind.Continue, (await ReloadSite.SendAsync(rig, "spam@b.example")).Final.Kind);
        Assert.Equal(VerdictKind.Tempfail, (await ReloadSite.SendAsync(rig, "blocked@b.example")).Final.Kind);
        Assert.Contains("'pmilter mode all enforce' ends that", (await AskAsync("mode", "spam", "enforce")).Error + (await AskAsync("mode", "right", "enforce")).Error, StringComparison.Ordinal);
        Assert.Equal("All rules are as their files say.\n", (await AskAsync("mode", "all", "enforce")).Output);
        Assert.Equal(VerdictKind.Reject, (await ReloadSite.SendAsync(rig, "spam@b.example")).Final.Kind);
    }

    [Fact]
    public async Task Fuse_OfARuleThatIsGone_CanBeForgotten()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var rig = await StartAsync(time);
        await RefusedAsync(rig, 10);
        time.Advance(TimeSpan.FromSeconds(2));
        await UntilAsync(rig, "Monitor");
        _site.Write(ReloadSite.Refusing("x@b.example"));
        Assert.True(rig.Reloader.Reload().IsGood);

        Assert.Equal("p/wrong is as its file says, which has it no more.\n", (await AskAsync("mode", "p/wrong", "enforce")).Output);

        Assert.Equal(ExitCodes.Ok, (await AskAsync("status")).ExitCode);
    }

    [Fact]
    public async Task Block_ByHand_HasNoFuse()
    {
        await using var rig = await StartAsync(TimeProvider.System);
        await AskAsync("block", "mail_from_user=blocked", "--for", "1h");

        for (var n = 0; n < 30; n++)
        {
            Assert.Equal(VerdictKind.Tempfail, (await ReloadSite.SendAsync(rig, "blocked@b.example")).Final.Kind);
        }
    }

    [Fact]
    public async Task OnlyRulesOfConnections_AreComparedWithMessagesToo()
    {
        _site.Write("policy: p\nrules:\n  - { id: r, phase: helo, when: \"helo = 'bad'\", then: [ reject ] }\n");
        await using var rig = await StartAsync(TimeProvider.System, 0.5);
        for (var n = 0; n < 12; n++)
        {
            await ReloadSite.SendAsync(rig, "good@b.example");
            Assert.Equal(VerdictKind.Reject, await HeloAsync(rig));
        }
    }

    [Fact]
    public async Task Check_OfAFuseWhoseRuleIsNotThere_Warns()
    {
        using var site = new SiteFolder("geoip: { country: '' }\nfuse: { rules: { p/wrnog: 60%, p/right: off } }\n", ("p.yaml", Policy));

        var run = await CommandRun.OfAsync("check", "-c", site.Configuration);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("warning PM356: there is no rule 'p/wrnog', whose fuse is set here", run.Output + run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("'p/right'", run.Output + run.Error, StringComparison.Ordinal);
    }

    private async Task<string> MetricsAsync()
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, stop) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(_site.State, "admin.sock")), stop);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var client = new HttpClient(handler);
        return await client.GetStringAsync(new Uri("http://pmilter/metrics"));
    }

    private static async Task<VerdictKind> HeloAsync(ServerRig rig)
    {
        await using var client = await rig.DialAsync();
        var session = new MessageSender(client);
        return (await session.BeginAsync(ReloadSite.Client, "bad", CancellationToken.None))[^1].Reply.Kind;
    }

    private static async Task<int> RefusedAsync(ServerRig rig, int messages)
    {
        var refused = 0;
        for (var n = 0; n < messages; n++)
        {
            refused += (await ReloadSite.SendAsync(rig, "a@b.example")).Final.Kind == VerdictKind.Reject ? 1 : 0;
        }

        return refused;
    }

    /// <summary>Until the policies in force are those in which the rule is weaker.</summary>
    private static async Task UntilAsync(ServerRig rig, string mode)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (rig.Policies.Current.Rules.First(rule => rule.Rule.Id == "wrong").Rule.Mode.ToString() != mode)
        {
            await Task.Delay(5, patience.Token);
        }
    }

    private Task<ServerRig> StartAsync(TimeProvider time, double share = 0.5) =>
        ServerRig.StartAsync(_site.Settings with { Fuse = new FuseSection { Share = share, Min = 10 } }, time, hasPolicies: true);

    private Task<CommandRun> AskAsync(params string[] arguments) => CommandRun.OfAsync([.. arguments, "--socket", Path.Combine(_site.State, "admin.sock")]);
}
