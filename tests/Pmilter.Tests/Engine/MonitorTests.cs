using Pmilter.TestKit.Scenarios;

namespace Pmilter.Tests.Engine;

public sealed class MonitorTests
{
    [Fact]
    public void Limit_MonitoredBesideEnforced_DoesNotConsumeItsCount()
    {
        var scenario = Engines.Run("""
            policy: p
            counters:
              c: { phase: mail, count: messages, key: [client_ip], window: 60s }
            rules:
              - { id: strict, mode: monitor, phase: mail, limit: { counter: c, max: 1, hold: 30s }, then: [ tempfail ] }
              - { id: real, phase: mail, limit: { counter: c, max: 4 }, then: [ tempfail ] }
            """);
        for (var i = 0; i < 6; i++)
        {
            var client = scenario.Connect();
            var decision = client.Mail();
            Assert.Equal(i == 0 ? [] : ["strict"], decision.Would.Select(w => w.Rule.Id));
            Assert.Equal(i < 4 ? string.Empty : "real", decision.RuleOf());
            client.Eom();
        }

        Assert.Equal((4, 1), (scenario.CountOf("p/c"), scenario.CountOf("p/c~would")));
        Assert.Equal("p/strict~would", Assert.Single(scenario.View().RunningHolds(scenario.Time.GetUtcNow())).Name);
    }

    [Fact]
    public void Monitored_Policy_WouldDoWhatItDoesEnforced()
    {
        const string policy = """
            policy: p
            counters:
              c: { phase: mail, count: messages, key: [client_ip], window: 10s }
            bans:
              b: { key: [client_ip], for: 20s }
            rules:
              - { id: out, phase: mail, when: banned('b'), then: [ reject ] }
              - { id: bait, phase: mail, when: "mail_from_user = 'bait'", then: [ { ban: b }, reject ] }
              - { id: many, phase: mail, limit: { counter: c, max: 2, hold: 3s }, then: [ tempfail ] }
            """;
        var enforced = Engines.Run(policy);
        var monitored = Engines.Run(policy.Replace("policy: p", "policy: p\nmode: monitor", StringComparison.Ordinal));
        for (var i = 0; i < 60; i++)
        {
            var from = i % 23 == 22 ? "bait@x.example" : "a@x.example";
            var real = Send(enforced, from);
            var would = Send(monitored, from);
            Assert.Equal("continue", would.Outcome);
            Assert.Equal(real.RuleOf(), would.Would.Count == 0 ? string.Empty : would.Would[0].Rule.Id);
            enforced.Time.Advance(TimeSpan.FromSeconds(1));
            monitored.Time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public void Ban_Monitored_IsSeenByMonitorRulesAlone()
    {
        var scenario = Engines.Run("""
            policy: p
            bans:
              b: { key: [client_ip], for: 1h }
            rules:
              - { id: would_ban, mode: monitor, phase: mail, then: [ { ban: b } ] }
              - { id: would_refuse, mode: monitor, phase: rcpt, when: banned('b'), then: [ reject ] }
              - { id: refuse, phase: rcpt, when: banned('b'), then: [ reject ] }
            """);
        var client = scenario.Connect();
        client.Mail();
        var decision = client.Rcpt("a@x.example");
        Assert.Equal(("continue", "would_refuse"), (decision.Outcome, Assert.Single(decision.Would).Rule.Id));
    }

    /// <summary>eom is reached where nothing was refused, as the MTA would.</summary>
    private static Pmilter.Policies.Evaluation.Decision Send(Scenario scenario, string from)
    {
        var client = scenario.Connect();
        var decision = client.Mail(from);
        if (decision.Outcome == "continue")
        {
            client.Eom();
        }

        client.Close();
        return decision;
    }
}
