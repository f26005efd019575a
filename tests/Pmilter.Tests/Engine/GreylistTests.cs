using Pmilter.Policies.Evaluation;
using Pmilter.TestKit.Scenarios;

namespace Pmilter.Tests.Engine;

/// <summary>Greylists and memories as policies use them, over the store that the server runs with.</summary>
public sealed class GreylistTests
{
    private const string Greylist = """
        policy: p
        greylists:
          g: { key: [client_net, mail_from, rcpt_to], delay: 5m, retry_within: 1d, remember: 35d, trust_client_after: 2 }
        rules:
          - { id: grey, phase: rcpt, unless: "authenticated", then: [ greylist: g ] }
        """;

    [Fact]
    public void Recipient_IsRefusedForNow_UntilItIsTriedAgainInTime()
    {
        var scenario = Engines.Run(Greylist);

        Assert.Equal("451 4.7.1 Greylisted, try again in 300 s", ReplyOf(Try(scenario)));
        scenario.Time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal("451 4.7.1 Greylisted, try again in 60 s", ReplyOf(Try(scenario)));
        scenario.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("continue", Try(scenario).Outcome);
        Assert.Equal("continue", Try(scenario).Outcome);
    }

    [Fact]
    public void Pool_OfAddressesInOneNetwork_PassesTogether()
    {
        var scenario = Engines.Run(Greylist);
        Try(scenario, ip: "203.0.113.9");
        scenario.Time.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal("continue", Try(scenario, ip: "203.0.113.200").Outcome);
        Assert.Equal("grey", Try(scenario, ip: "203.0.112.9").RuleOf());
    }

    [Fact]
    public void Client_ThatPassedTwice_IsNotAskedAgain()
    {
        var scenario = Engines.Run(Greylist);
        foreach (var user in new[] { "a", "b" })
        {
            Assert.Equal("grey", Try(scenario, from: $"{user}@s.example").RuleOf());
            scenario.Time.Advance(TimeSpan.FromMinutes(5));
            Assert.Equal("continue", Try(scenario, from: $"{user}@s.example").Outcome);
        }

        Assert.Equal("continue", Try(scenario, from: "new@s.example").Outcome);
        Assert.Equal("grey", Try(scenario, ip: "198.51.100.1", from: "new@s.example").RuleOf());
    }

    [Fact]
    public void OneRecipientOfTwo_IsGreylistedAlone_AndItsHitsAreTakenBack()
    {
        var scenario = Engines.Run("""
            policy: p
            greylists:
              g: { key: [client_net, rcpt_to], delay: 5m }
            counters:
              rcpts: { phase: rcpt, count: recipients, key: [client_ip], window: 1h }
            rules:
              - { id: many, phase: rcpt, limit: { counter: rcpts, max: 100 }, then: [ reject ] }
              - { id: grey, phase: rcpt, when: "rcpt_to_user = 'new'", then: [ { greylist: { name: g, reply: '4.2.1 {retry_after}' } } ] }
            """);
        var client = scenario.Connect();
        client.Mail();

        Assert.Equal("continue", client.Rcpt("old@x.example").Outcome);
        Assert.Equal("451 4.2.1 300 s", ReplyOf(client.Rcpt("new@x.example")));
        Assert.Equal(1, client.Transaction.Message.AcceptedRecipients);
        Assert.Equal(1, scenario.CountOf("p/rcpts"));
    }

    [Theory]
    [InlineData("mail", "[client_net, mail_from]")]
    [InlineData("data", "[client_net]")]
    [InlineData("eoh", "[client_net, subject]")]
    [InlineData("eom", "[client_net]")]
    public void Message_AsAWhole_IsGreylistedInLaterPhases(string phase, string key)
    {
        var scenario = Engines.Run($"policy: p\ngreylists:\n  g: {{ key: {key}, delay: 5m }}\nrules:\n  - {{ id: grey, phase: {phase}, then: [ greylist: g ] }}\n");

        Assert.Equal(("tempfail", "grey"), (scenario.Send().Outcome, scenario.Send().RuleOf()));
        scenario.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("continue", scenario.Send().Outcome);
    }

    [Fact]
    public void UnknownKey_AndLogins_ArePassed()
    {
        var scenario = Engines.Run(Greylist);

        Assert.Equal("continue", Try(scenario, ip: "unknown").Outcome);
        Assert.Equal("continue", Try(scenario, login: "alice").Outcome);
        Assert.Equal("grey", Try(scenario, from: string.Empty).RuleOf());
    }

    [Fact]
    public void LocalSubmission_IsNeverRefusedAtRcpt()
    {
        var client = Engines.Run("policy: p\ngreylists:\n  g: { key: [rcpt_to] }\nrules:\n  - { id: grey, phase: rcpt, then: [ greylist: g ] }\n").Connect(ip: "127.0.0.1", host: "localhost", port: 0);
        client.Mail();

        var decision = client.Rcpt("a@x.example");

        Assert.Equal((true, Pmilter.Protocol.Replies.VerdictKind.Continue), (decision.IsSuppressed, decision.Verdict.Kind));
    }

    [Theory]
    [InlineData(null, "continue")]
    [InlineData("tempfail", "tempfail")]
    public void StoreThatFails_GoesToOnError(string? onError, string outcome)
    {
        var own = onError is null ? string.Empty : $"on_error: {onError}, ";
        var scenario = new Scenario(Greylist.Replace("phase: rcpt,", $"phase: rcpt, {own}", StringComparison.Ordinal));
        scenario.Store.IsDown = true;

        Assert.Equal(outcome, Try(scenario).Outcome);
    }

    [Fact]
    public void Monitor_SaysWhatItWouldDo_AndPromotingKeepsWhatItLearned()
    {
        var scenario = Engines.Run($"mode: monitor\n{Greylist}");
        var would = Try(scenario);
        Assert.Equal(("continue", "tempfail", "451 4.7.1 Greylisted, try again in 300 s"), (would.Outcome, would.Would[0].Outcome, would.Would[0].ReplyText));
        scenario.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Empty(Try(scenario).Would);
        Try(scenario, from: "waits@s.example");

        var enforced = scenario.Reload(Greylist);
        scenario.Memory().Retain(enforced.State);

        Assert.Equal("continue", Try(scenario).Outcome);
        Assert.Equal("grey", Try(scenario, from: "waits@s.example").RuleOf());
        Assert.Equal("grey", Try(scenario, from: "never@s.example").RuleOf());
        scenario.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("continue", Try(scenario, from: "waits@s.example").Outcome);
    }

    [Fact]
    public async Task Monitor_BesideAnEnforcedRule_WritesALayerOfItsOwn()
    {
        var scenario = Engines.Run("""
            policy: p
            greylists:
              g: { key: [client_net, mail_from], delay: 5m }
            rules:
              - { id: watch, phase: mail, mode: monitor, then: [ greylist: g ] }
              - { id: grey, phase: mail, when: "mail_from_user = 'late'", then: [ greylist: g ] }
            """);
        scenario.Connect().Mail("late@s.example");
        scenario.Time.Advance(TimeSpan.FromMinutes(1));
        scenario.Connect().Mail("other@s.example");
        scenario.Time.Advance(TimeSpan.FromMinutes(4));

        Assert.Equal("continue", scenario.Connect().Mail("late@s.example").Outcome);
        var view = await scenario.View().GreylistsAsync(scenario.Time.GetUtcNow(), CancellationToken.None);
        Assert.Equal([("p/g", 0, 1), ("p/g~would", 1, 1)], view.Select(greylist => (greylist.Name, greylist.Waiting, greylist.Passed)));
    }

    [Fact]
    public void Memory_OfWhomWeWroteTo_LetsTheAnswerPass()
    {
        var scenario = Engines.Run("""
            policy: p
            memories:
              wrote_to: { key: [rcpt_to, mail_from], for: 60d }
            greylists:
              g: { key: [client_net, mail_from, rcpt_to] }
            rules:
              - { id: note, phase: rcpt, when: authenticated, then: [ remember: wrote_to ] }
              - { id: grey, phase: rcpt, unless: "authenticated or remembered('wrote_to', mail_from, rcpt_to)", then: [ greylist: g ] }
            """);
        Assert.Equal("grey", Try(scenario, from: "friend@far.example", to: "me@home.example").RuleOf());

        var out1 = scenario.Connect(login: "me");
        out1.Mail("me@home.example");
        out1.Rcpt("Friend@far.example");
        Assert.Equal("grey", Try(scenario, from: "friend@far.example", to: "me@home.example").RuleOf());
        out1.Eom();

        Assert.Equal("continue", Try(scenario, from: "friend@far.example", to: "ME@home.example").Outcome);
        Assert.Equal("grey", Try(scenario, from: "stranger@far.example", to: "me@home.example").RuleOf());
        scenario.Time.Advance(TimeSpan.FromDays(60));
        Assert.Equal("grey", Try(scenario, from: "friend@far.example", to: "me@home.example", ip: "198.51.100.1").RuleOf());
    }

    [Fact]
    public void Memory_OfARefusedMessageOrRecipient_IsNotWritten()
    {
        var scenario = Engines.Run("""
            policy: p
            memories:
              m: { key: [rcpt_to] }
            rules:
              - { id: note, phase: rcpt, then: [ remember: m ] }
              - { id: bad, phase: rcpt, when: "rcpt_to_user = 'bad'", then: [ reject ] }
              - { id: never, phase: eom, when: "mail_from_user = 'spam'", then: [ reject ] }
              - { id: seen, phase: unknown, when: "remembered('m', 'a@x.example') or remembered('m', 'bad@x.example')", then: [ reject ] }
            """);

        Play("spam@s.example", aborts: false, "a@x.example");
        Play("ok@s.example", aborts: true, "a@x.example");
        Play("ok@s.example", aborts: false, "bad@x.example", "c@x.example");
        Assert.Equal("continue", scenario.Connect().Unknown("FOO").Outcome);
        Play("ok@s.example", aborts: false, "a@x.example");
        Assert.Equal("seen", scenario.Connect().Unknown("FOO").RuleOf());

        void Play(string from, bool aborts, params string[] to)
        {
            var client = scenario.Connect();
            client.Mail(from);
            foreach (var each in to)
            {
                client.Rcpt(each);
            }

            _ = aborts ? client.Abort() : client.Eom();
        }
    }

    [Fact]
    public void Memory_OfAMonitorRule_IsReadByMonitorRulesAlone()
    {
        var scenario = Engines.Run("""
            policy: p
            memories:
              m: { key: [mail_from] }
            rules:
              - { id: note, phase: mail, mode: monitor, then: [ remember: m ] }
              - { id: watch, phase: mail, mode: monitor, when: "remembered('m')", then: [ reject ] }
              - { id: real, phase: mail, when: "remembered('m')", then: [ reject ] }
            """);
        var client = scenario.Connect();
        client.Mail();
        client.Eom();

        var second = client.Mail();

        Assert.Equal(("continue", "watch"), (second.Outcome, Assert.Single(second.Would).Rule.Id));
    }

    private static Decision Try(
        Scenario scenario, string ip = "203.0.113.9", string from = "a@s.example", string to = "bob@x.example", string login = "")
    {
        var client = scenario.Connect(ip: ip, login: login);
        client.Mail(from);
        var decision = client.Rcpt(to);
        client.Abort();
        return decision;
    }

    private static string ReplyOf(Decision decision) =>
        $"{decision.Verdict.Reply!.Code} {decision.Verdict.Reply.EnhancedCode} {decision.Verdict.Reply.Lines[0]}";
}
