using Microsoft.Extensions.Time.Testing;
using Pmilter.Commands;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Server;

namespace Pmilter.Tests.Safety;

/// <summary>From monitor to enforce on a running server: what was learned stays, what was only pretended goes.</summary>
public sealed class PromotionServerTests : IDisposable
{
    private const string Greylist = """
        policy: p
        mode: monitor
        greylists:
          g: { key: [client_net, mail_from, rcpt_to], delay: 1m, retry_within: 10m, remember: 1h, learn_for: 0s }
        rules:
          - { id: grey, phase: rcpt, then: [ greylist: g ] }
        """;

    private const string Ban = """
        policy: p
        mode: monitor
        bans:
          b: { key: [client_ip], for: released }
        rules:
          - { id: out, phase: mail, when: banned('b'), then: [ reject: '5.7.1 banned' ] }
          - { id: bait, phase: mail, when: "mail_from_user = 'bait'", then: [ { ban: b }, tempfail: '4.7.1 bait' ] }
        """;

    private readonly SiteFolder _site = new("geoip: { country: '' }\nlog: { decisions: d.jsonl }\nstate: { dir: state }\n", ("p.yaml", Greylist));
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Greylist_Promoted_DelaysNobodyAnew()
    {
        await using var rig = await StartAsync();
        Assert.Equal(VerdictKind.Continue, await VerdictAsync(rig, "friend@b.example"));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(VerdictKind.Continue, await VerdictAsync(rig, "friend@b.example"));
        Assert.Equal(VerdictKind.Continue, await VerdictAsync(rig, "waits@b.example"));
        _time.Advance(TimeSpan.FromMinutes(2));

        await PromoteAsync(rig, "p");

        Assert.Equal(VerdictKind.Tempfail, await VerdictAsync(rig, "stranger@b.example"));
        Assert.Equal(VerdictKind.Continue, await VerdictAsync(rig, "waits@b.example"));
        _time.Advance(TimeSpan.FromMinutes(12));
        Assert.Equal(VerdictKind.Continue, await VerdictAsync(rig, "friend@b.example"));
    }

    [Fact]
    public async Task Greylist_Promoted_IsKnownAfterARestart_Too()
    {
        await using (var rig = await StartAsync())
        {
            await VerdictAsync(rig, "friend@b.example");
            _time.Advance(TimeSpan.FromMinutes(2));
            await VerdictAsync(rig, "friend@b.example");
        }

        Assert.Equal(0, (await CommandRun.OfAsync("promote", "p", "--yes", "-c", _site.Configuration)).ExitCode);
        await using var again = await StartAsync();

        Assert.Equal((VerdictKind.Continue, VerdictKind.Tempfail), (await VerdictAsync(again, "friend@b.example"), await VerdictAsync(again, "stranger@b.example")));
    }

    /// <summary>The time to learn began when it was first used, and watching is use.</summary>
    [Fact]
    public async Task Greylist_ThatLearnedInMonitor_KeepsWhomItNotedAndDoesNotLearnAnew()
    {
        Write(Greylist.Replace("learn_for: 0s", "learn_for: 5m", StringComparison.Ordinal));
        await using var rig = await StartAsync();
        await VerdictAsync(rig, "once@b.example");
        _time.Advance(TimeSpan.FromMinutes(3));

        await PromoteAsync(rig, "p");

        Assert.Equal((VerdictKind.Continue, VerdictKind.Continue), (await VerdictAsync(rig, "once@b.example"), await VerdictAsync(rig, "late@b.example")));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(VerdictKind.Tempfail, await VerdictAsync(rig, "stranger@b.example"));
        Assert.Equal((VerdictKind.Continue, VerdictKind.Continue), (await VerdictAsync(rig, "once@b.example"), await VerdictAsync(rig, "late@b.example")));
    }

    [Fact]
    public async Task Ban_OfAMonitorRule_NeverBeginsToAct()
    {
        Write(Ban);
        await using var rig = await StartAsync();
        Assert.Equal((VerdictKind.Continue, VerdictKind.Continue), (await VerdictAsync(rig, "bait@b.example"), await VerdictAsync(rig, "ham@b.example")));
        Assert.Contains(rig.Log.Lines, line => line.Contains("would reject by p/out", StringComparison.Ordinal));
        Assert.Contains("p/b~would", (await AskAsync("bans", "list")).Output, StringComparison.Ordinal);

        await PromoteAsync(rig, "p");

        Assert.Equal(VerdictKind.Continue, await VerdictAsync(rig, "ham@b.example"));
        Assert.DoesNotContain("p/b", (await AskAsync("bans", "list")).Output, StringComparison.Ordinal);
        Assert.Equal((VerdictKind.Tempfail, VerdictKind.Reject), (await VerdictAsync(rig, "bait@b.example"), await VerdictAsync(rig, "ham@b.example")));
    }

    /// <summary>The rule that bans is enforced, the one that asks still watches: it goes on with its own copy.</summary>
    [Fact]
    public async Task Ban_WhileAnotherRuleStillWatches_StaysInItsCopyAlone()
    {
        Write(Ban);
        await using var rig = await StartAsync();
        await VerdictAsync(rig, "bait@b.example");

        await PromoteAsync(rig, "p/out");

        Assert.Equal(VerdictKind.Continue, await VerdictAsync(rig, "ham@b.example"));
        Assert.Contains("p/b~would", (await AskAsync("bans", "list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NearMisses_AreCountedFromTheServersOwnLog()
    {
        Write("policy: p\nmode: monitor\nrules:\n  - { id: r, phase: rcpt, then: [ reject: '5.7.1 no' ] }\n  - { id: other, phase: mail, when: \"mail_from_user = 'no'\", then: [ reject ] }\n");
        await using (var rig = await StartAsync())
        {
            await VerdictAsync(rig, "customer@b.example", "postmaster@d.example");
            await VerdictAsync(rig, "customer@b.example", "sales@d.example", "198.51.100.1");
            await VerdictAsync(rig, "colleague@b.example", "sales@d.example");
            await VerdictAsync(rig, "far@c.example", "sales@d.example", "198.51.100.2");
        }

        var run = await CommandRun.OfAsync("promote", "p/r", "--dry-run", "-c", _site.Configuration);

        Assert.Contains("4 messages in the log; 3 of them (75 %) would have been met.\n", run.Output, StringComparison.Ordinal);
        Assert.Contains(
            """
            protected       1 postmaster@d.example (protect.recipients)
            near misses     1 spared as protected; 2 that would have been met come from the same clients or senders
                            1 colleague@b.example from 203.0.113.9
                            1 customer@b.example from 198.51.100.1

            """,
            run.Output,
            StringComparison.Ordinal);
        Assert.DoesNotContain("protected ", (await CommandRun.OfAsync("promote", "p/other", "--dry-run", "-c", _site.Configuration)).Output, StringComparison.Ordinal);
    }

    private async Task PromoteAsync(ServerRig rig, string name)
    {
        var run = await CommandRun.OfAsync("promote", name, "--yes", "-c", _site.Configuration);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.True(rig.Reloader.Reload().IsGood);
    }

    private Task<CommandRun> AskAsync(params string[] words) => CommandRun.OfAsync([.. words, "-c", _site.Configuration]);

    private static async Task<VerdictKind> VerdictAsync(ServerRig rig, string from, string to = "c@d.example", string ip = "203.0.113.9")
    {
        await using var client = await rig.DialAsync();
        var sender = new MessageSender(client);
        await sender.BeginAsync(new ClientFacts($"[{ip}]", ClientFamily.Inet, ip, 4321), "client.example", CancellationToken.None);
        var outcome = await sender.SendAsync(new OutgoingMessage { Sender = new EnvelopeAddress($"<{from}>"), Recipients = [new EnvelopeAddress($"<{to}>")] }, CancellationToken.None);
        return outcome.Final.Kind;
    }

    private void Write(string policy) => File.WriteAllText(Path.Combine(_site.Root, "policies", "p.yaml"), policy);

    private Task<ServerRig> StartAsync()
    {
        var diagnostics = new DiagnosticBag();
        var settings = SettingsReader.Read(_site.Configuration, diagnostics);
        Assert.Empty(diagnostics.All);
        return ServerRig.StartAsync(settings with { Listen = ServerRig.Options("inet:127.0.0.1:0").Listen }, _time, hasPolicies: true);
    }
}
