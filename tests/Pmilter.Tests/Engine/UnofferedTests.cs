using Pmilter.Protocol.Negotiation;

namespace Pmilter.Tests.Engine;

public sealed class UnofferedTests
{
    private static Agreement Bare(Requirements requirements) =>
        Negotiator.Agree(Offer.Postfix with { Actions = MilterActions.ChangeHeaders }, requirements);

    [Theory]
    [InlineData("continue", "continue")]
    [InlineData("tempfail", "tempfail")]
    [InlineData("reject", "reject")]
    [InlineData("accept", "accept")]
    public void Step_ActionThatTheMtaLacks_GoesToOnErrorAndIsToldOnce(string onError, string outcome)
    {
        var policy = $"policy: p\nrules:\n  - {{ id: r, phase: mail, on_error: {onError}, then: [ {{ add_header: 'X-A: b' }} ] }}\n";
        var scenario = Engines.RunUnder(Bare(Engines.Run(policy).Set.Requirements), policy);
        var client = scenario.Connect();

        var first = client.Mail();
        client.Abort();
        var second = client.Mail();

        Assert.Equal((outcome, outcome), (first.Outcome, second.Outcome));
        Assert.Single(first.Errors);
        Assert.Empty(second.Errors);
        Assert.Empty(client.Eom().Modifications);
    }

    [Fact]
    public void Rcpt_RefusalThatIsNotAwaitedThere_TakesBackTheWholeMessage()
    {
        const string policy = """
            policy: p
            counters:
              mails: { phase: mail, count: messages, key: [client_ip], window: 60s }
              rcpts: { phase: rcpt, count: recipients, key: [client_ip], window: 60s }
            rules:
              - { id: bad, phase: rcpt, when: "rcpt_to_user = 'bad'", then: [ reject ] }
              - { id: many, phase: rcpt, when: "counter('mails') + counter('rcpts') > 100", then: [ reject ] }
            """;
        var agreement = Negotiator.Agree(Offer.Postfix, Engines.Run(policy).Set.Requirements) with { Replies = MilterEvents.EndOfMessage };
        var scenario = Engines.RunUnder(agreement, policy);
        var client = scenario.Connect();
        client.Mail();
        client.Rcpt("good@example.jp");
        Assert.Equal((1, 1), (scenario.CountOf("p/mails"), scenario.CountOf("p/rcpts")));

        Assert.Equal("bad", client.Rcpt("bad@example.jp").RuleOf());

        Assert.Equal((0, 0), (scenario.CountOf("p/mails"), scenario.CountOf("p/rcpts")));
    }
}
