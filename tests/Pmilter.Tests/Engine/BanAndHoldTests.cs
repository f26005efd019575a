using Pmilter.Policies.Evaluation;
using Pmilter.Protocol.Replies;

namespace Pmilter.Tests.Engine;

public sealed class BanAndHoldTests
{
    [Fact]
    public void Ban_RepeatsWithinForget_EscalatesAndIsReadByLaterConnections()
    {
        var scenario = Engines.Run("""
            policy: p
            bans:
              b: { key: ["net(client_ip, 24, 64)"], for: [10m, 2h], forget: 1d }
            rules:
              - { id: out, phase: connect, when: banned('b'), then: [ { reject: '5.7.1 {retry_after}' } ] }
              - { id: bait, phase: rcpt, when: "rcpt_to_user = 'trap'", then: [ { ban: b }, reject ] }
              - { id: pardon, phase: rcpt, when: "rcpt_to_user = 'pardon'", then: [ { unban: b } ] }
            """);
        Assert.Equal("bait", Send("trap@x.example"));
        Assert.Equal("550 5.7.1 600 s", ReplyOf(scenario.Connect(ip: "203.0.113.77").Connected));
        Assert.Equal("continue", scenario.Connect(ip: "198.51.100.1").Connected.Outcome);
        scenario.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("bait", Send("trap@x.example"));
        Assert.Equal("550 5.7.1 7200 s", ReplyOf(scenario.Connect().Connected));
        scenario.Time.Advance(TimeSpan.FromHours(2) + TimeSpan.FromDays(1));
        Assert.Equal("bait", Send("trap@x.example"));
        Assert.Equal("550 5.7.1 600 s", ReplyOf(scenario.Connect().Connected));
        scenario.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(string.Empty, Send("pardon@x.example"));
        Assert.Equal("bait", Send("trap@x.example"));
        Assert.Equal("550 5.7.1 600 s", ReplyOf(scenario.Connect().Connected));

        string Send(string to)
        {
            var client = scenario.Connect();
            client.Mail();
            return client.Rcpt(to).RuleOf();
        }
    }

    [Fact]
    public void Ban_OnTheSameConnection_IsSeenByTheNextEvent()
    {
        var scenario = Engines.Run("""
            policy: p
            bans:
              b: { key: [client_ip], for: 10m }
            rules:
              - { id: out, phase: mail, when: banned('b'), then: [ reject ] }
              - { id: bait, phase: rcpt, when: "rcpt_to_user = 'trap'", then: [ { ban: b }, reject ] }
            """);
        var client = scenario.Connect();
        Assert.Equal("continue", client.Mail().Outcome);
        client.Rcpt("trap@x.example");
        client.Abort();
        Assert.Equal("out", client.Mail().RuleOf());
    }

    [Fact]
    public void Hold_AfterEmpty_ForgetsTheAdmittedEvents()
    {
        var scenario = Engines.Run("""
            policy: p
            counters:
              c: { phase: mail, count: messages, key: [client_ip], window: 60s }
            rules:
              - { id: r, phase: mail, limit: { counter: c, max: 2, hold: { for: 10s, after: empty } }, then: [ { tempfail: '4.7.1 {retry_after}' } ] }
            """);
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(["", "", "r", "r"], Enumerable.Range(0, 4).Select(_ => scenario.Send().RuleOf()));
            scenario.Time.Advance(TimeSpan.FromSeconds(9));
            Assert.Equal("451 4.7.1 1 s", ReplyOf(scenario.Send()));
            scenario.Time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public void Allow_OneFileOrAll_OverTwoFilesAndRecipients()
    {
        foreach (var (allow, expected) in new[] { ("allow", "second"), ("{ allow: all }", "ok") })
        {
            var scenario = Engines.Run(
                $$"""
                policy: first
                rules:
                  - { id: ok, phase: rcpt, when: "rcpt_to_user = 'good'", then: [ {{allow}} ] }
                  - { id: first, phase: rcpt, when: "mail_from <> ''", then: [ reject ] }
                """,
                "policy: second\nrules:\n  - { id: second, phase: rcpt, when: \"mail_from <> ''\", then: [ reject ] }\n");
            var client = scenario.Connect();
            client.Mail();
            Assert.Equal("first", client.Rcpt("bad@x.example").RuleOf());
            Assert.Equal(expected, client.Rcpt("good@x.example").RuleOf());
            Assert.Equal("first", client.Rcpt("bad@x.example").RuleOf());
        }
    }

    [Fact]
    public void Rcpt_LocalSubmission_IsSuppressedAndStillCounts()
    {
        var scenario = Engines.Run("""
            policy: p
            counters:
              c: { phase: rcpt, count: recipients, key: [client_ip], window: 60s }
            rules:
              - { id: r, phase: rcpt, limit: { counter: c, max: 1 }, then: [ reject ] }
            """);
        var client = scenario.Connect(ip: "127.0.0.1", host: "localhost", port: 0);
        client.Mail();
        client.Rcpt("a@x.example");
        var decision = client.Rcpt("b@x.example");
        Assert.Equal((VerdictKind.Continue, true, "r"), (decision.Verdict.Kind, decision.IsSuppressed, decision.RuleOf()));
        client.Eom();
        Assert.Equal(2, scenario.CountOf("p/c"));
    }

    private static string ReplyOf(Decision decision) =>
        decision.Verdict.Reply is { } reply ? $"{reply.Code} {reply.EnhancedCode} {string.Join('|', reply.Lines)}" : string.Empty;
}
