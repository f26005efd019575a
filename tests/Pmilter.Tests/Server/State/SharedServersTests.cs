using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.TestKit;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Server.State;

/// <summary>Two real servers on one redis-server: one limit, one set of bans, one look into both.</summary>
public sealed class SharedServersTests : IDisposable
{
    private const string Policy = """
        policy: p
        bans:
          bad: { key: [mail_from], for: 1h }
        counters:
          mails: { phase: mail, count: messages, key: [client_ip], window: 1h }
        rules:
          - { id: banned, phase: mail, when: "banned('bad')", then: [ reject: '5.7.1 banned' ] }
          - { id: bait, phase: mail, when: "mail_from_user = 'spam'", then: [ ban: bad, reject: '5.7.1 bait' ] }
          - { id: many, phase: mail, limit: { counter: mails, max: 60 }, then: [ tempfail: '4.7.1 many' ] }
        """;

    private readonly RedisServer _redis = RedisServer.Start();
    private readonly SiteFolder[] _sites;

    public SharedServersTests() => _sites = [Site(), Site()];

    public void Dispose()
    {
        foreach (var site in _sites)
        {
            site.Dispose();
        }

        _redis.Dispose();
    }

    [Fact]
    public async Task TwoProcesses_EnforceOneLimitTogether_Exactly()
    {
        using var one = await PmilterChild.StartAsync(_sites[0].Configuration);
        using var two = await PmilterChild.StartAsync(_sites[1].Configuration);
        var admitted = 0;

        await Task.WhenAll(_sites.Concat(_sites).Select(site => Task.Run(async () =>
        {
            for (var i = 0; i < 40; i++)
            {
                if (await SendAsync(site, "203.0.113.9", "a") == VerdictKind.Continue)
                {
                    Interlocked.Increment(ref admitted);
                }
            }
        })));

        // A refused event counts until it is taken back, so another process can be refused once more than it must; never once less.
        // When all is quiet the last ones fit.
        for (var i = 0; i < 5; i++)
        {
            admitted += await SendAsync(_sites[i % 2], "203.0.113.9", "a") == VerdictKind.Continue ? 1 : 0;
        }

        Assert.DoesNotContain("degraded", one.Log + two.Log, StringComparison.Ordinal);
        Assert.Equal(60, admitted);
        var top = await CommandRun.OfAsync("counters", "top", "mails", "-c", _sites[1].Configuration);
        Assert.Matches(@"(?m)^203\.0\.113\.9 +60 ", top.Output);
    }

    [Fact]
    public async Task Ban_MadeAtOne_HoldsAtTheOther_AndIsLiftedFromEither()
    {
        using var one = await PmilterChild.StartAsync(_sites[0].Configuration);
        using var two = await PmilterChild.StartAsync(_sites[1].Configuration);
        Assert.Equal(VerdictKind.Reject, await SendAsync(_sites[0], "203.0.113.9", "spam"));

        Assert.Contains("p/bad  spam@b.example", (await CommandRun.OfAsync("bans", "-c", _sites[1].Configuration)).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await CommandRun.OfAsync("bans", "rm", "bad", "spam@b.example", "-c", _sites[1].Configuration)).ExitCode);
        Assert.Contains("Nobody is banned", (await CommandRun.OfAsync("bans", "-c", _sites[0].Configuration)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RedisDies_MailGoesOnWithLocalCounters_AndTheLogSaysSoOnce()
    {
        using var one = await PmilterChild.StartAsync(_sites[0].Configuration);
        for (var i = 0; i < 60; i++)
        {
            Assert.Equal(VerdictKind.Continue, await SendAsync(_sites[0], "203.0.113.9", "a"));
        }

        _redis.Kill();
        Assert.Equal(VerdictKind.Tempfail, await SendAsync(_sites[0], "203.0.113.9", "a"));
        Assert.Equal(VerdictKind.Continue, await SendAsync(_sites[0], "198.51.100.1", "a"));
        await PmilterChild.UntilAsync(() => one.Log.Contains("451 4.7.1 many (degraded: local)", StringComparison.Ordinal), () => one.Log);
        Assert.Single(Lines(one.Log), line => line.Contains("The shared state does not answer", StringComparison.Ordinal));
        Assert.Contains("does not answer", (await CommandRun.OfAsync("counters", "-c", _sites[0].Configuration)).Error, StringComparison.Ordinal);

        _redis.Restart();
        await PmilterChild.UntilAsync(() => one.Log.Contains("answers again", StringComparison.Ordinal), () => one.Log);
        Assert.Equal(VerdictKind.Continue, await SendAsync(_sites[0], "203.0.113.9", "a"));
        Assert.Equal(0, await one.StopAsync());
    }

    private static string[] Lines(string log) => log.Split('\n');

    private static string Address(SiteFolder site) => $"unix:{site.Root}/m.sock";

    private static async Task<VerdictKind> SendAsync(SiteFolder site, string client, string user)
    {
        await using var milter = await MilterClient.DialAsync(ServerRig.Parse(Address(site)), null, CancellationToken.None);
        var sender = new MessageSender(milter);
        await sender.BeginAsync(new ClientFacts($"[{client}]", ClientFamily.Inet, client, 4321), "client.example", CancellationToken.None);
        var outcome = await sender.SendAsync(
            new OutgoingMessage { Sender = new EnvelopeAddress($"<{user}@b.example>"), Recipients = [new EnvelopeAddress("<c@d.example>")] }, CancellationToken.None);
        return outcome.Final.Kind;
    }

    private SiteFolder Site()
    {
        var site = new SiteFolder(string.Empty, ("p.yaml", Policy));
        File.WriteAllText(
            site.Configuration,
            $"server: {{ listen: [ '{Address(site)}' ] }}\ngeoip: {{ country: '' }}\nlog: {{ level: info }}\n"
            + $"state: {{ store: redis, redis: '{_redis.Address}', budget: 1s }}\n");
        return site;
    }
}
