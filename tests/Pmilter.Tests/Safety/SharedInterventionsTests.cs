using System.Text.Json;
using Pmilter.Commands;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.TestKit;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Server;
using Pmilter.Tests.Server.State;

namespace Pmilter.Tests.Safety;

/// <summary>Two real servers on one redis-server: what is changed by hand on one holds on both.</summary>
public sealed class SharedInterventionsTests : IDisposable
{
    private const string Policy = """
        policy: p
        bans:
          bad: { key: [mail_from], for: 1h }
        rules:
          - { id: banned, phase: mail, when: "banned('bad')", then: [ reject: '5.7.1 banned' ] }
          - { id: spam, phase: mail, when: "mail_from_user = 'spam'", then: [ reject: '5.7.1 no' ] }
        """;

    private readonly RedisServer _redis = RedisServer.Start();
    private readonly SiteFolder[] _sites;

    public SharedInterventionsTests() => _sites = [Site(), Site()];

    public void Dispose()
    {
        foreach (var site in _sites)
        {
            site.Dispose();
        }

        _redis.Dispose();
    }

    [Fact]
    public async Task Mode_GivenOnOne_HoldsOnBoth_IsListedWithItsAuthor_AndEndedFromTheOther()
    {
        using var one = await StartAsync(0);
        using var two = await StartAsync(1);

        Assert.Equal(0, (await AskAsync(0, "mode", "spam", "monitor", "--for", "1h", "--reason", "ticket 17")).ExitCode);

        await IsAsync(1, "spam", VerdictKind.Continue);
        Assert.Equal(VerdictKind.Continue, await SendAsync(0, "spam"));
        foreach (var site in new[] { 0, 1 })
        {
            Assert.Matches($@"(?m)^mode +p/spam in monitor until .*Z, by \S+ \(uid \d+\) at {Environment.MachineName}: ticket 17$", (await AskAsync(site, "status")).Output);
        }

        await SaysAsync(two, "Taken over: p/spam is in monitor until ");
        Assert.Matches(@"(?m)Taken over: p/spam is in monitor until \S+ \S+, for ticket 17, by \S+ \(uid \d+\) at ", two.Log);
        Assert.DoesNotContain("Taken over", one.Log, StringComparison.Ordinal);
        Assert.Equal(["mode"], Audit(0));
        Assert.Empty(Audit(1));

        Assert.Equal("p/spam is as its file says: enforce.\n", (await AskAsync(1, "mode", "spam", "enforce")).Output);
        await IsAsync(0, "spam", VerdictKind.Reject);
        await SaysAsync(one, "Taken over: p/spam is as its file says again, by ");
        Assert.Single(two.Log.Split('\n'), line => line.Contains("Taken over", StringComparison.Ordinal));
        Assert.Equal(["mode"], Audit(1));
    }

    [Fact]
    public async Task Block_GivenOnOne_HoldsOnBoth_AndIsLiftedFromTheOther()
    {
        using var one = await StartAsync(0);
        using var two = await StartAsync(1);

        var given = await AskAsync(0, "block", "mail_from_user=flood", "--for", "4h");
        var id = given.Output.Split(':')[0];

        Assert.Matches("^b[0-9a-z]{4}$", id);
        await IsAsync(1, "flood", VerdictKind.Tempfail);
        Assert.Contains($"{id}  tempfail mail_from_user=flood", (await AskAsync(1, "block", "list")).Output, StringComparison.Ordinal);
        Assert.Equal($"{id}: lifted.\n", (await AskAsync(1, "block", "rm", id)).Output);
        await IsAsync(0, "flood", VerdictKind.Continue);

        // At once and on both: two ids, two blocks.
        await Task.WhenAll(AskAsync(0, "block", "mail_from_user=a", "--for", "4h"), AskAsync(1, "block", "mail_from_user=b", "--for", "4h"));
        foreach (var site in new[] { 0, 1 })
        {
            await IsAsync(site, "a", VerdictKind.Tempfail);
            await IsAsync(site, "b", VerdictKind.Tempfail);
        }
    }

    [Fact]
    public async Task Removal_WhileAServerIsAway_IsNotUndoneByItsCopy_AndAServerThatComesBeginsWithAll()
    {
        using var one = await StartAsync(0);
        using (var two = await StartAsync(1))
        {
            await AskAsync(0, "mode", "spam", "monitor", "--for", "1h");
            await IsAsync(1, "spam", VerdictKind.Continue);
            Assert.Equal(0, await two.StopAsync());
        }

        await AskAsync(0, "mode", "spam", "enforce");
        await AskAsync(0, "block", "mail_from_user=flood", "--for", "4h");
        using var again = await StartAsync(1);

        // The first message after "Listening on", and the other server after it has met the copy.
        Assert.Equal((VerdictKind.Reject, VerdictKind.Tempfail), (await SendAsync(1, "spam"), await SendAsync(1, "flood")));
        await AskAsync(1, "block", "mail_from_user=met", "--for", "4h");
        await IsAsync(0, "met", VerdictKind.Tempfail);
        Assert.Equal(VerdictKind.Reject, await SendAsync(0, "spam"));
    }

    [Fact]
    public async Task RedisAway_WhatIsGivenStaysHere_IsSaidSo_AndReachesTheOtherWhenRedisIsBackEmpty()
    {
        using var one = await StartAsync(0);
        using var two = await StartAsync(1);
        await AskAsync(0, "block", "mail_from_user=kept", "--for", "4h");
        await IsAsync(1, "kept", VerdictKind.Tempfail);

        _redis.Kill();
        var run = await AskAsync(0, "mode", "spam", "monitor", "--for", "1h");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("; here only, the other servers follow when Redis answers again.", run.Output, StringComparison.Ordinal);
        Assert.Equal((VerdictKind.Continue, VerdictKind.Reject), (await SendAsync(0, "spam"), await SendAsync(1, "spam")));
        Assert.Equal((VerdictKind.Tempfail, VerdictKind.Tempfail), (await SendAsync(0, "kept"), await SendAsync(1, "kept")));

        // Everything in it is lost: the servers bring it back.
        _redis.Restart();
        await IsAsync(1, "spam", VerdictKind.Continue);
        using var third = Site();
        using var fresh = await PmilterChild.StartAsync(third.Configuration);
        Assert.Equal((VerdictKind.Continue, VerdictKind.Tempfail), (await SendAsync(third, "spam"), await SendAsync(third, "kept")));
    }

    [Fact]
    public async Task Bans_AddedAndLiftedByHand_HoldOnBoth_AndALiftWithoutRedisHoldsWhenItIsBack()
    {
        using var one = await StartAsync(0);
        using var two = await StartAsync(1);
        Assert.Equal(0, (await AskAsync(0, "bans", "add", "bad", "a@b.example", "--for", "2d")).ExitCode);
        await IsAsync(1, "a", VerdictKind.Reject);
        await IsAsync(0, "a", VerdictKind.Reject);

        _redis.Freeze();
        Assert.Equal(VerdictKind.Reject, await SendAsync(0, "a"));
        await SaysAsync(one, "The shared state does not answer");
        Assert.Equal(0, (await AskAsync(0, "bans", "rm", "bad", "a@b.example")).ExitCode);
        Assert.Equal(VerdictKind.Continue, await SendAsync(0, "a"));

        _redis.Thaw();
        await SaysAsync(one, "answers again");
        await IsAsync(1, "a", VerdictKind.Continue);
        Assert.Equal(VerdictKind.Continue, await SendAsync(0, "a"));
    }

    [Fact]
    public async Task Fuse_ThatBlowsOnOne_LowersTheRuleOnBoth_AndIsArmedFromTheOther()
    {
        foreach (var site in _sites)
        {
            File.AppendAllText(site.Configuration, "fuse: { refused_share: 50%, min: 10, in: 10m }\n");
        }

        using var one = await StartAsync(0);
        using var two = await StartAsync(1);
        for (var i = 0; i < 12; i++)
        {
            await SendAsync(0, "spam");
        }

        // Nothing is sent to the other before: it has a fuse of its own.
        await SaysAsync(two, "Taken over: p/spam is in monitor until its fuse is armed: p/spam would have refused 10 of 10 messages");
        Assert.Equal(VerdictKind.Continue, await SendAsync(1, "spam"));
        var status = await AskAsync(1, "status");
        Assert.Equal(ExitCodes.Findings, status.ExitCode);
        Assert.Matches($"(?m)^fuse +p/spam in monitor since .*Z: 10 of 10 messages, at {Environment.MachineName}$", status.Output);

        Assert.Equal("p/spam is as its file says: enforce.\n", (await AskAsync(1, "mode", "spam", "enforce")).Output);
        await IsAsync(0, "spam", VerdictKind.Reject);
        await SaysAsync(one, "Taken over: p/spam is as its file says again");

        // From nothing: as many as before, and not one at once.
        Assert.Equal(VerdictKind.Reject, await SendAsync(0, "spam"));
        Assert.Single(one.Log.Split('\n'), line => line.Contains("Fuse blown", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("mode:p/spam", "not JSON")]
    [InlineData("mode:p/spam", """{"key":"mode:p/spam","version":1,"keep":"9999-01-01T00:00:00Z","by":"x","lowered":{"rule":"p/other","since":"2026-01-01T00:00:00Z","until":"9999-01-01T00:00:00Z","by":"x","reason":""}}""")]
    [InlineData("mode:p/spam", """{"key":"mode:p/spam","version":1,"keep":"9999-01-01T00:00:00Z","by":"x","lowered":{"rule":"p/spam","since":"2026-01-01T00:00:00Z","until":"9999-01-01T00:00:00Z","reason":""}}""")]
    [InlineData("mode:", """{"key":"mode:","version":1,"keep":"9999-01-01T00:00:00Z","by":"x","lowered":{"since":"2026-01-01T00:00:00Z","until":"9999-01-01T00:00:00Z","by":"x","reason":""}}""")]
    [InlineData("block:b1", """{"key":"block:b1","version":1,"keep":"9999-01-01T00:00:00Z","by":"x","block":{"id":"b1","conditions":[null],"rejects":true,"since":"2026-01-01T00:00:00Z","until":"9999-01-01T00:00:00Z","by":"x","reason":""}}""")]
    [InlineData("mode:all", """{"key":"mode:all","version":9223372036854775807,"keep":"9999-01-01T00:00:00Z","by":"x","lowered":{"rule":"all","since":"2026-01-01T00:00:00Z","until":"9999-01-01T00:00:00Z","by":"x","reason":""}}""", long.MaxValue)]
    [InlineData("block:b1", """{"key":"block:b1","version":1,"keep":"9999-01-01T00:00:00Z","by":"x","block":{"id":"b1\n","conditions":["mail_from_user=spam"],"rejects":true,"since":"2026-01-01T00:00:00Z","until":"9999-01-01T00:00:00Z","by":"x","reason":""}}""")]
    [InlineData("block:b1", """{"key":"block:b1","version":1,"keep":"9999-01-01T00:00:00Z","by":"x","block":{"id":"b1","conditions":["client_ip=0.0.0.0/0"],"rejects":true,"since":"2026-01-01T00:00:00Z","until":"9999-01-01T00:00:00Z","by":"x","reason":""}}""")]
    [InlineData("block:b1", """{"key":"block:b1","version":1,"keep":"9999-01-01T00:00:00Z","by":"x","block":{"id":"b1","conditions":["no_such_field=1"],"rejects":true,"since":"2026-01-01T00:00:00Z","until":"9999-01-01T00:00:00Z","by":"x","reason":""}}""")]
    public async Task Entry_ThatMakesNoSense_IsToldOnce_AndStopsNothing(string name, string text, long version = 1)
    {
        using (var redis = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(new StackExchange.Redis.ConfigurationOptions { EndPoints = { new System.Net.Sockets.UnixDomainSocketEndPoint(_redis.Socket) } }))
        {
            await redis.GetDatabase().HashSetAsync("pmilter:i:{hand}", name, $"{version:D19}{text}");
        }

        using var one = await StartAsync(0);
        await AskAsync(0, "block", "mail_from_user=flood", "--for", "4h");

        Assert.Equal((VerdictKind.Tempfail, VerdictKind.Continue, VerdictKind.Reject), (await SendAsync(0, "flood"), await SendAsync(0, "a"), await SendAsync(0, "spam")));
        Assert.Single(one.Log.Split('\n'), line => line.Contains($"{name} of another server cannot be taken over: ", StringComparison.Ordinal));
    }

    private static Task SaysAsync(PmilterChild server, string text) => PmilterChild.UntilAsync(() => server.Log.Contains(text, StringComparison.Ordinal), () => server.Log);

    private static string Address(SiteFolder site) => $"unix:{site.Root}/m.sock";

    private static async Task<VerdictKind> SendAsync(SiteFolder site, string user)
    {
        await using var milter = await MilterClient.DialAsync(ServerRig.Parse(Address(site)), null, CancellationToken.None);
        var sender = new MessageSender(milter);
        await sender.BeginAsync(new ClientFacts("[203.0.113.9]", ClientFamily.Inet, "203.0.113.9", 4321), "client.example", CancellationToken.None);
        var outcome = await sender.SendAsync(
            new OutgoingMessage { Sender = new EnvelopeAddress($"<{user}@b.example>"), Recipients = [new EnvelopeAddress("<c@d.example>")] }, CancellationToken.None);
        return outcome.Final.Kind;
    }

    private Task<VerdictKind> SendAsync(int site, string user) => SendAsync(_sites[site], user);

    /// <summary>Waits until mail is decided so.</summary>
    private async Task IsAsync(int site, string user, VerdictKind expected)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await SendAsync(site, user) != expected)
        {
            await Task.Delay(20, patience.Token);
        }
    }

    private Task<PmilterChild> StartAsync(int site) => PmilterChild.StartWithAdminAsync(_sites[site].Configuration);

    private Task<CommandRun> AskAsync(int site, params string[] arguments) => CommandRun.OfAsync([.. arguments, "-c", _sites[site].Configuration]);

    private string[] Audit(int site)
    {
        var path = Path.Combine(_sites[site].Root, "state", "audit.jsonl");
        return File.Exists(path) ? [.. File.ReadAllLines(path).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("verb").GetString() ?? string.Empty)] : [];
    }

    private SiteFolder Site()
    {
        var site = new SiteFolder(string.Empty, ("p.yaml", Policy));
        File.WriteAllText(
            site.Configuration,
            $"server: {{ listen: [ '{Address(site)}' ] }}\ngeoip: {{ country: '' }}\nlog: {{ level: debug }}\n"
            + $"state: {{ store: redis, redis: '{_redis.Address}', budget: 1s }}\n");
        return site;
    }
}
