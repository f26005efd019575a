using Pmilter.Protocol.Negotiation;

namespace Pmilter.Tests.Engine;

public sealed class ReloadTests
{
    private const string Policy = """
        policy: p
        counters:
          conns: { phase: connect, count: connections, key: [client_ip], window: 60s }
          mails: { phase: mail, count: messages, key: [client_ip], window: 60s }
          open:  { phase: connect, count: open_connections, key: [client_ip] }
        rules:
          - { id: mark, phase: helo, then: [ { tag: seen }, { score: +3 }, { set: { first: helo } } ] }
          - { id: too_open, phase: mail, when: "counter('open') > 5", then: [ tempfail ] }
          - { id: too_many_conns, phase: mail, limit: { counter: conns, max: 2, hold: 30s }, then: [ tempfail ] }
          - { id: too_many, phase: mail, limit: { counter: mails, max: 3 }, then: [ tempfail ] }
        """;

    [Fact]
    public void Adopt_SameCounters_KeepsCountsFactsTagsAndScore()
    {
        var scenario = Engines.Run(Policy);
        var client = scenario.Connect();
        client.Helo("first.example");
        client.Send("a@x.example");
        client.Send("a@x.example");

        client.Engine.Adopt(scenario.Reload(Policy + "\n  - { id: known, phase: mail, when: \"tagged('seen') and score_total = 3 and client_country = 'RU'\", then: [ { log: '{helo}' } ] }"));
        var third = client.Mail("a@x.example");
        Assert.Equal("mail.spam.example", Assert.Single(third.Logs).Text);
        client.Abort();
        client.Mail("a@x.example");
        client.Eom();
        Assert.Equal("too_many", client.Mail("a@x.example").RuleOf());
    }

    [Fact]
    public void Adopt_AnotherMax_KeepsTheConnectionsReadingAndStartsItsHold()
    {
        var scenario = Engines.Run(Policy);
        scenario.Connect();
        var client = scenario.Connect();
        Assert.Equal("continue", client.Mail().Outcome);
        client.Eom();

        client.Engine.Adopt(scenario.Reload(Policy.Replace("counter: conns, max: 2", "counter: conns, max: 1", StringComparison.Ordinal)));
        Assert.Equal("too_many_conns", client.Mail().RuleOf());
        Assert.Equal("p/too_many_conns", Assert.Single(scenario.View().RunningHolds(scenario.Time.GetUtcNow())).Name);
    }

    [Fact]
    public void Adopt_GaugeGoneOrKept_GoesDownAtTheEnd()
    {
        foreach (var newer in new[] { Policy, "policy: other\nrules: []\n" })
        {
            var scenario = Engines.Run(Policy);
            var client = scenario.Connect();
            Assert.Equal(1, scenario.CountOf("p/open"));
            client.Engine.Adopt(scenario.Reload(newer));
            client.Close();
            Assert.Equal(0, scenario.CountOf("p/open"));
        }
    }

    [Theory]
    [InlineData("policy: q\nrules:\n  - { id: r, phase: mail, when: is_bounce, then: [ reject ] }\n", true)]
    [InlineData("policy: q\nrules:\n  - { id: r, phase: rcpt, when: is_bounce, then: [ reject ] }\n", false)]
    [InlineData("policy: q\nrules:\n  - { id: r, phase: eom, then: [ { quarantine: why } ] }\n", false)]
    [InlineData("policy: q\nrules: []\n", true)]
    public void IsServedBy_AgreementOfTheOldSet_KnowsWhatIsMissing(string newer, bool expected)
    {
        var scenario = Engines.Run(Policy);
        var agreement = Negotiator.Agree(Offer.Postfix, scenario.Set.Requirements);
        Assert.True(scenario.Set.IsServedBy(agreement));
        Assert.Equal(expected, scenario.Reload(newer).IsServedBy(agreement));
    }
}
