using Pmilter.Policies.Compilation;
using Pmilter.Policies.Syntax;
using Pmilter.Protocol.Replies;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Scenarios;

public sealed class RuleScenarioTests
{
    private const string Limited = """
        policy: p
        counters:
          c: { phase: eoh, count: messages, key: [client_ip], window: 60s }
        rules:
          - id: r
            phase: eoh
            limit: { counter: c, max: 2 }
            then: [ { tempfail: '4.7.1 {count} over {limit_max}' } ]
        """;

    [Fact]
    public void Limit_RefusedHits_AreUndoneSoThatTheWindowAloneDecides()
    {
        var scenario = new Scenario(Limited);
        scenario.Send();
        scenario.Send();
        Assert.Equal("451 4.7.1 3 over 2", BulkByCountryTests.ReplyOf(scenario.Send()));
        Assert.Equal("451 4.7.1 3 over 2", BulkByCountryTests.ReplyOf(scenario.Send()));
        scenario.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal("continue", scenario.Send().Outcome);
    }

    [Fact]
    public void Abort_BeforeEom_UndoesTheHitOnce()
    {
        var scenario = new Scenario(Limited);
        for (var i = 0; i < 5; i++)
        {
            var client = scenario.Connect();
            client.Mail();
            Assert.Equal("continue", client.Eoh().Outcome);
            client.Abort();
            client.Abort();
        }

        Assert.Equal(5, scenario.Store.Operations.Count(o => o.StartsWith("Undo", StringComparison.Ordinal)));
        Assert.Equal("continue", scenario.Send().Outcome);
    }

    [Fact]
    public void Rcpt_OneOfThreeRefused_RefusesThatOneOnly()
    {
        var scenario = new Scenario("""
            policy: p
            counters:
              c: { phase: rcpt, count: recipients, key: [client_ip], window: 60s }
              each: { phase: eom, count: distinct(rcpt_to), key: [client_ip], window: 60s }
            rules:
              - id: r
                phase: rcpt
                when: rcpt_to_domain = 'closed.example'
                then: [ { reject: '5.1.1 no {rcpt_to}' } ]
              - id: three
                phase: rcpt
                limit: { counter: c, max: 2 }
                then: [ tempfail ]
              - id: at_eom
                phase: eom
                limit: { counter: each, max: 1 }
                then: [ { add_header: 'X-Recipients: {rcpt_count}' } ]
            """);
        var client = scenario.Connect();
        client.Mail();
        Assert.Equal("continue", client.Rcpt("a@open.example").Outcome);
        Assert.Equal("550 5.1.1 no b@closed.example", BulkByCountryTests.ReplyOf(client.Rcpt("b@closed.example")));
        Assert.Equal("continue", client.Rcpt("c@open.example").Outcome);
        Assert.Equal("three", client.Rcpt("d@open.example").Rule?.Id);
        client.Data();
        client.Eoh();
        Assert.Equal(new AddHeader("X-Recipients", "2"), Assert.Single(client.Eom().Modifications));
    }

    [Fact]
    public void Monitor_WouldRefuse_ReportsAndCountsInItsOwnShadow()
    {
        var scenario = new Scenario(new CompilerOptions { Now = Scenario.Start, Modes = new Dictionary<string, PolicyMode> { ["default"] = PolicyMode.Monitor } }, Limited);
        scenario.Send();
        scenario.Send();
        for (var i = 0; i < 3; i++)
        {
            var client = scenario.Connect();
            client.Mail();
            var decision = client.Eoh();
            Assert.Equal(Verdict.Continue, decision.Verdict);
            var would = Assert.Single(decision.Would);
            Assert.Equal(("r", "tempfail", "451 4.7.1 3 over 2"), (would.Rule.Id, would.Outcome, would.ReplyText));
            client.Eom();
        }

        Assert.Equal(5, scenario.Store.CountOf("p/c 203.0.113.9", scenario.Time.GetUtcNow()));
        Assert.Equal(2, scenario.Store.CountOf("p/c~would 203.0.113.9", scenario.Time.GetUtcNow()));
    }

    [Theory]
    [InlineData("allow", "second")]
    [InlineData("{ allow: all }", null)]
    public void Allow_OneFileOrAll_EndsAsMuch(string allow, string? decidedBy)
    {
        var scenario = new Scenario(
            $$"""
            policy: first
            rules:
              - { id: ok, phase: mail, when: "mail_from_domain = 'good.example'", then: [ {{allow}} ] }
              - { id: first, phase: mail, when: "mail_from <> ''", then: [ reject ] }
            """,
            """
            policy: second
            rules:
              - { id: second, phase: mail, when: "mail_from <> ''", then: [ reject ] }
            """);
        var decision = scenario.Connect().Mail("a@good.example");
        Assert.Equal(decidedBy ?? "ok", decision.Rule?.Id);
        Assert.Equal(decidedBy is null ? "allow" : "reject", decision.Outcome);
        Assert.Equal("first", scenario.Connect().Mail("a@bad.example").Rule?.Id);
    }

    [Fact]
    public void Eom_Changes_GoInWrittenOrderDeletesHighestFirst()
    {
        var scenario = new Scenario("""
            policy: p
            rules:
              - id: early
                phase: mail
                then:
                  - add_header: 'X-Rule: {rule}'
                  - delete_header: X-Old
                  - tag: seen
                  - score: +2.5
              - id: late
                phase: eom
                when: tagged('seen') and score_total > 2
                then:
                  - insert_header: { name: X-Top, value: 'yes', index: 0 }
                  - quarantine: 'held by {rule}'
            """);
        var client = scenario.Connect();
        client.Mail();
        client.Header("X-Old", "1");
        client.Header("x-old", "2");
        var decision = client.Eom();
        Assert.Equal([new AddHeader("X-Rule", "early"), new DeleteHeader("X-Old", 2), new DeleteHeader("X-Old", 1), new InsertHeader(0, "X-Top", "yes")], decision.Modifications);
        Assert.Equal(("quarantine", "held by late"), (decision.Outcome, decision.QuarantineReason));
        Assert.Empty(scenario.Connect().Eom().Modifications);
    }

    [Fact]
    public void Ban_Repeats_TakesTheNextStep()
    {
        var scenario = new Scenario("""
            policy: p
            bans:
              b: { key: [client_ip], for: [10m, 2h], forget: 7d }
            rules:
              - { id: banned, phase: mail, when: banned('b'), then: [ { reject: '5.7.1 banned, {retry_after} left' } ] }
              - { id: bait, phase: mail, when: "mail_from_user = 'trap'", then: [ { ban: b }, reject ] }
            """);
        Assert.Equal("bait", scenario.Connect().Mail("trap@x.example").Rule?.Id);
        Assert.Equal("550 5.7.1 banned, 600 s left", BulkByCountryTests.ReplyOf(scenario.Connect().Mail()));
        Assert.Equal("continue", scenario.Connect(ip: "198.51.100.1").Mail().Outcome);
        scenario.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("bait", scenario.Connect().Mail("trap@x.example").Rule?.Id);
        Assert.Equal("550 5.7.1 banned, 7200 s left", BulkByCountryTests.ReplyOf(scenario.Connect().Mail()));
    }

    [Theory]
    [InlineData(null, "continue")]
    [InlineData("reject", "reject")]
    [InlineData("tempfail", "tempfail")]
    public void OnError_StoreDown_Decides(string? onError, string outcome)
    {
        var scenario = new Scenario(onError is null ? Limited : Limited + $"\n    on_error: {onError}");
        scenario.Store.IsDown = true;
        var client = scenario.Connect();
        client.Mail();
        var decision = client.Eoh();
        Assert.Equal(outcome, decision.Outcome);
        Assert.NotEmpty(decision.Errors);
    }

    [Fact]
    public void Rcpt_LocalSubmission_IsNotRefusedButLogged()
    {
        var scenario = new Scenario("policy: p\nrules:\n  - { id: r, phase: rcpt, then: [ reject ] }\n");
        var client = scenario.Connect(ip: "127.0.0.1", host: "localhost", port: 0);
        client.Mail();
        var decision = client.Rcpt("a@x.example");
        Assert.Equal((VerdictKind.Continue, true, "reject"), (decision.Verdict.Kind, decision.IsSuppressed, decision.Outcome));
    }

    [Fact]
    public void OpenConnections_Close_BringsTheGaugeDown()
    {
        var scenario = new Scenario("""
            policy: p
            counters:
              open: { phase: connect, count: open_connections, key: [client_ip] }
            rules:
              - { id: r, phase: connect, limit: { counter: open, max: 1 }, then: [ tempfail ] }
            """);
        var first = scenario.Connect();
        Assert.Equal("continue", first.Connected.Outcome);
        var second = scenario.Connect();
        Assert.Equal("tempfail", second.Connected.Outcome);
        second.Close();
        first.Close();
        Assert.Equal("continue", scenario.Connect().Connected.Outcome);
    }
}
