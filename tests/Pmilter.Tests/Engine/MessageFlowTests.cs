namespace Pmilter.Tests.Engine;

public sealed class MessageFlowTests
{
    [Fact]
    public void Skip_HeaderAndBody_EndsTheRulesOfThatKindForThisMessageOnly()
    {
        var scenario = Engines.Run("""
            policy: p
            rules:
              - { id: stop, phase: header, when: "header_name = 'X-Stop'", then: [ skip ] }
              - { id: each, phase: header, then: [ { log: '{header_name}' } ] }
              - { id: body_stop, phase: body, when: body_offset > 0, then: [ skip ] }
              - { id: chunk, phase: body, then: [ { log: '{body_chunk_size}' } ] }
              - { id: end, phase: eom, then: [ { log: 'end' } ] }
            """);
        var client = scenario.Connect();
        for (var i = 0; i < 2; i++)
        {
            client.Mail();
            Assert.Single(client.Header("A", "1").Logs);
            Assert.Equal("skip", client.Header("X-Stop", "1").Outcome);
            Assert.Empty(client.Header("B", "1").Logs);
            Assert.Single(client.Body("1234").Logs);
            Assert.Equal("skip", client.Body("5678").Outcome);
            Assert.Empty(client.Body("9").Logs);
            Assert.Single(client.Eom().Logs);
        }
    }

    [Fact]
    public void Set_AtEachScope_IsReadBelowItAndEndsWithIt()
    {
        var scenario = Engines.Run("""
            policy: p
            rules:
              - { id: c, phase: helo, then: [ { set: { who: helo } } ] }
              - { id: m, phase: mail, when: "mail_from_user = 'm'", then: [ { set: { who: "'mail'" } } ] }
              - { id: r, phase: rcpt, when: "rcpt_to_user = 'r'", then: [ { set: { who: "'rcpt'" } } ] }
              - { id: show, phase: rcpt, when: "var('who') = 'rcpt'", then: [ { log: 'rcpt' } ] }
              - { id: of_mail, phase: eom, when: "var('who') = 'mail'", then: [ { log: 'mail' } ] }
              - { id: of_helo, phase: eom, when: "var('who') = 'h.example'", then: [ { log: 'helo' } ] }
            """);
        var client = scenario.Connect();
        client.Helo("h.example");
        client.Mail("m@x.example");
        Assert.Single(client.Rcpt("r@y.example").Logs);
        Assert.Empty(client.Rcpt("q@y.example").Logs);
        Assert.Equal("mail", Assert.Single(client.Eom().Logs).Text);
        client.Mail("n@x.example");
        Assert.Equal("helo", Assert.Single(client.Eom().Logs).Text);
    }

    [Fact]
    public void Helo_ASecondTime_ReplacesWhatItsRulesSet_AndConnectsStays()
    {
        var scenario = Engines.Run("""
            policy: p
            rules:
              - { id: c, phase: connect, then: [ { score: 1 }, { tag: seen }, { set: { who: "'connect'" } } ] }
              - { id: h, phase: helo, then: [ { score: 2 } ] }
              - { id: first, phase: helo, when: "helo = 'first.example'", then: [ { tag: first }, { set: { who: helo } } ] }
              - { id: watch, phase: helo, mode: monitor, then: [ { score: 10 } ] }
              - { id: show, phase: mail, then: [ { log: '{score_total}' } ] }
              - { id: first_tag, phase: mail, when: "tagged('first')", then: [ { log: first } ] }
              - { id: seen_tag, phase: mail, when: "tagged('seen')", then: [ { log: seen } ] }
              - { id: by_connect, phase: mail, when: "var('who') = 'connect'", then: [ { log: connect } ] }
              - { id: would, phase: mail, mode: monitor, when: score_total = 13, then: [ reject ] }
            """);
        var client = scenario.Connect();
        client.Helo("first.example");
        Assert.Equal(["3", "first", "seen"], client.Mail().Logs.Select(log => log.Text));
        client.Abort();

        client.Helo("second.example");
        var mail = client.Mail();
        Assert.Equal(["3", "seen", "connect"], mail.Logs.Select(log => log.Text));
        Assert.Equal("would", Assert.Single(mail.Would).Rule.Id);
        client.Abort();

        client.Helo("first.example");
        Assert.Equal(["3", "first", "seen"], client.Mail().Logs.Select(log => log.Text));
    }

    [Fact]
    public void Count_Explicit_IsHitOnlyByItsStepAndReadLater()
    {
        var scenario = Engines.Run("""
            policy: p
            counters:
              bad: { phase: rcpt, count: explicit, key: [client_ip], window: 60s, refused: count }
            rules:
              - { id: hit, phase: rcpt, when: "rcpt_to_user = 'bad'", then: [ { count: bad }, reject ] }
              - { id: out, phase: mail, when: "counter('bad', client_ip) > 2", then: [ tempfail ] }
            """);
        for (var i = 0; i < 3; i++)
        {
            var client = scenario.Connect();
            Assert.Equal("continue", client.Mail().Outcome);
            Assert.Equal("continue", client.Rcpt("good@x.example").Outcome);
            Assert.Equal("hit", client.Rcpt("bad@x.example").RuleOf());
            client.Abort();
        }

        Assert.Equal(3, scenario.CountOf("p/bad"));
        Assert.Equal("out", scenario.Connect().Mail().RuleOf());
    }

    [Fact]
    public void Rcpt_FirstOneRefused_MessageCountsWithTheNextAndLaterPhasesSeeTheRest()
    {
        var scenario = Engines.Run("""
            policy: p
            counters:
              mails: { phase: rcpt, count: messages, key: [rcpt_to_domain], window: 60s }
              each: { phase: eom, count: distinct(rcpt_to), key: [rcpt_to_domain], window: 60s }
            rules:
              - { id: closed, phase: rcpt, when: "rcpt_to_domain = 'closed.example'", then: [ reject ] }
              - { id: show, phase: eom, when: "counter('mails') > 0 and counter('each') > 0", then: [ { log: '{rcpt_count}' } ] }
            """);
        var client = scenario.Connect();
        client.Mail();
        Assert.Equal("closed", client.Rcpt("a@closed.example").RuleOf());
        client.Rcpt("b@open.example");
        client.Rcpt("c@other.example");
        Assert.Equal("2", Assert.Single(client.Eom().Logs).Text);
        Assert.Equal(["open.example"], scenario.View().Top("p/mails", 9, scenario.Time.GetUtcNow()).Where(k => k.Value > 0).Select(k => k.Key));
        Assert.Equal(["open.example", "other.example"], scenario.View().Top("p/each", 9, scenario.Time.GetUtcNow()).Select(k => k.Key));
    }

    [Fact]
    public void Messages_ThreeOnOneConnectionWithResets_CountWhatWasAdmitted()
    {
        var scenario = Engines.Run("""
            policy: p
            counters:
              c: { phase: mail, count: messages, key: [client_ip], window: 60s }
            rules:
              - { id: r, phase: mail, limit: { counter: c, max: 2 }, then: [ tempfail ] }
            """);
        var client = scenario.Connect();
        client.Helo();
        client.Mail();
        client.Abort();
        client.Mail();
        client.Rcpt("a@x.example");
        client.Eom();
        client.Mail();
        client.Rcpt("a@x.example");
        client.Abort();
        client.Mail();
        client.Eom();
        Assert.Equal(2, scenario.CountOf("p/c"));
        Assert.Equal("r", client.Mail().RuleOf());
        client.Close();
        Assert.Equal(2, scenario.CountOf("p/c"));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData(", unknown: count", 3)]
    public void Unknown_Country_IsNoSharedBucket(string unknown, int expected)
    {
        var scenario = Engines.Run($$"""
            policy: p
            counters:
              c: { phase: connect, count: connections, key: [client_country], window: 60s{{unknown}} }
            rules:
              - { id: r, phase: mail, limit: { counter: c, max: 2 }, then: [ tempfail ] }
            """);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(i == 2 && expected > 0 ? "r" : string.Empty, scenario.Connect(country: "ZZ").Mail().RuleOf());
        }

        Assert.Equal(expected, scenario.CountOf("p/c"));
    }

    [Fact]
    public void OpenConnections_RefusedOrCutOff_GoDownToZero()
    {
        var scenario = Engines.Run("""
            policy: p
            counters:
              open: { phase: connect, count: open_connections, key: [client_ip] }
            rules:
              - { id: r, phase: connect, limit: { counter: open, max: 2 }, then: [ tempfail ] }
            """);
        var clients = Enumerable.Range(0, 4).Select(_ => scenario.Connect()).ToArray();
        Assert.Equal(["continue", "continue", "tempfail", "tempfail"], clients.Select(c => c.Connected.Outcome));
        Assert.Equal(4, scenario.CountOf("p/open"));
        clients[0].Mail();
        clients[0].Abort();
        foreach (var client in clients)
        {
            client.Close();
        }

        Assert.Equal(0, scenario.CountOf("p/open"));
        Assert.Equal("continue", scenario.Connect().Connected.Outcome);
    }

    [Fact]
    public void Helo_RefusedThenAccepted_KeepsTheConnectionsHit()
    {
        var scenario = Engines.Run("""
            policy: p
            counters:
              c: { phase: connect, count: connections, key: [client_ip], window: 60s }
            rules:
              - { id: bad_name, phase: helo, when: "helo = 'bad'", then: [ reject ] }
              - { id: r, phase: mail, limit: { counter: c, max: 1 }, then: [ tempfail ] }
            """);
        var refused = scenario.Connect();
        refused.Helo("bad");
        refused.Close();
        Assert.Equal(0, scenario.CountOf("p/c"));

        var client = scenario.Connect();
        Assert.Equal("bad_name", client.Helo("bad").RuleOf());
        Assert.Equal("continue", client.Helo("good").Outcome);
        Assert.Equal("continue", client.Mail().Outcome);
        client.Eom();
        client.Close();
        Assert.Equal("r", scenario.Connect().Mail().RuleOf());
    }
}
