using Pmilter.Policies.Compilation;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Syntax;
using Pmilter.Protocol.Negotiation;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Lookups;

/// <summary>What look-ups ask, and what they make of the answers.</summary>
public sealed class LookupTests
{
    private readonly ScriptedNames _names = new();

    [Theory]
    [InlineData("dnsbl('bl.example') = '127.0.0.2'", "127.0.0.2", true)]
    [InlineData("dnsbl('BL.example.') = '127.0.0.2'", "127.0.0.2", true)]
    [InlineData("dnsbl('bl.example') = '127.0.0.2'", "127.0.0.10 127.0.0.2 127.0.0.4", true)]
    [InlineData("dnsbl('bl.example') = ''", "", true)]
    [InlineData("dnsbl('bl.example') = ''", "192.0.2.80", true)]
    [InlineData("dnsbl('bl.example') = '127.0.0.2'", "192.0.2.80 127.0.0.2", true)]
    [InlineData("dnsbl('bl.example') <> ''", "127.255.255.254", null)]
    [InlineData("dnsbl('bl.example') <> ''", "fail", null)]
    [InlineData("dnsbl('bl.example', client_ip) = '127.0.0.2'", "127.0.0.2", true)]
    [InlineData("dnswl('bl.example') = '127.0.0.2'", "127.0.0.2", true)]
    public void Dnsbl_OfTheClient_IsTheLowestEntry(string condition, string records, bool? expected)
    {
        Answer("9.113.0.203.bl.example", NameRecordKind.A, records);

        Assert.Equal(expected, Test(condition));
        Assert.Equal(["A 9.113.0.203.bl.example"], _names.Asked);
    }

    [Theory]
    [InlineData("dnsbl('bl.example', mail_from_domain) = '127.0.1.2'", "A spam.example.bl.example")]
    [InlineData("dnsbl('bl.example', '198.51.100.1') = ''", "A 1.100.51.198.bl.example")]
    [InlineData("dnsbl('bl.example', '2001:db8::1') = ''", "A 1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.example")]
    public void Dnsbl_OfSomethingElse_AsksAboutIt(string condition, string asked)
    {
        Answer("spam.example.bl.example", NameRecordKind.A, "127.0.1.2");

        Assert.True(Test(condition));
        Assert.Equal([asked], _names.Asked);
    }

    [Theory]
    [InlineData("10.1.2.3")]
    [InlineData("127.0.0.1")]
    [InlineData("fe80::1")]
    [InlineData("IPv6:::1")]
    public void Lookups_OfPrivateClients_AreNeverAsked(string ip)
    {
        Assert.True(Test("dnsbl('bl.example') = '' and not fcrdns", ip));
        Assert.Empty(_names.Asked);
    }

    [Fact]
    public void Doubtful_ListThatAnswersEveryName_IsTold()
    {
        Answer("9.113.0.203.bl.example", NameRecordKind.A, "192.0.2.80");
        Test("dnsbl('bl.example') <> ''");
        Assert.Equal(["bl.example 192.0.2.80, which is no entry: it is taken as not listed"], _names.Doubts);
    }

    [Theory]
    [InlineData("", "", false)]
    [InlineData("mail.spam.example", "203.0.113.9", true)]
    [InlineData("mail.spam.example", "203.0.113.10", false)]
    [InlineData("mail.spam.example", "", false)]
    [InlineData("mail.spam.example", "fail", null)]
    [InlineData("fail", "", null)]
    [InlineData("other.example mail.spam.example", "203.0.113.1 203.0.113.9", true)]
    [InlineData("a.example b.example c.example d.example e.example f.example g.example h.example i.example j.example mail.spam.example", "203.0.113.9", false)]
    public void Fcrdns_NeedsANameThatLeadsBack(string pointers, string addresses, bool? expected)
    {
        Answer("9.113.0.203.in-addr.arpa", NameRecordKind.Ptr, pointers);
        Answer("mail.spam.example", NameRecordKind.A, addresses);

        Assert.Equal(expected, Test("fcrdns"));
        Assert.True(_names.Asked.Count <= 11);
    }

    [Theory]
    [InlineData("mx1.spam.example", true)]
    [InlineData(".", false)]
    [InlineData("", false)]
    [InlineData("fail", null)]
    public void HasMx_IsFalseForTheNullMxAndForAnAddressAlone(string exchanges, bool? expected)
    {
        Answer("spam.example", NameRecordKind.Mx, exchanges);
        Answer("spam.example", NameRecordKind.A, "203.0.113.80");

        Assert.Equal(expected, Test("has_mx(mail_from_domain)"));
    }

    [Theory]
    [InlineData("192.0.2.1", null, true)]
    [InlineData("none", "2001:db8::1", true)]
    [InlineData("none", "", false)]
    [InlineData("none", "fail", null)]
    [InlineData("fail", "2001:db8::1", true)]
    [InlineData("fail", "", null)]
    public void Resolves_AnyAddressWill(string four, string? six, bool? expected)
    {
        Answer("mail.spam.example", NameRecordKind.Txt, "there is such a name");
        Answer("mail.spam.example", NameRecordKind.A, four == "none" ? string.Empty : four);
        Answer("mail.spam.example", NameRecordKind.Aaaa, six ?? string.Empty);

        Assert.Equal(expected, Test("resolves(helo)"));
    }

    [Theory]
    [InlineData("[203.0.113.9]")]
    [InlineData("203.0.113.9")]
    [InlineData("a..b")]
    [InlineData("two words.example")]
    [InlineData("")]
    public void Names_ThatAreNone_AreNeverAsked(string helo)
    {
        Assert.False(Test("resolves(helo)", helo: helo));
        Assert.Empty(_names.Asked);
    }

    [Fact]
    public void Lazy_WhatTheConditionDoesNotNeed_IsNotAsked()
    {
        Assert.False(Test("client_country = 'JP' and dnsbl('bl.example') <> ''"));
        Assert.Empty(_names.Asked);
    }

    [Theory]
    [InlineData("dnsbl('bl.example') <> ''", "rcpt", 1)]
    [InlineData("resolves(helo)", "rcpt", 1)]
    [InlineData("has_mx(mail_from_domain)", "rcpt", 2)]
    [InlineData("has_mx(rcpt_to_domain)", "rcpt", 4)]
    public void Slot_LivesAsLongAsTheNarrowestField(string condition, string phase, int questions)
    {
        var scenario = Scenario(condition, phase);
        var client = scenario.Connect();
        client.Helo();
        for (var i = 0; i < 2; i++)
        {
            client.Mail();
            client.Rcpt("bob@example.jp");
            client.Rcpt("eve@example.jp");
            client.Eom();
        }

        Assert.Equal(questions, _names.Asked.Count);
    }

    [Fact]
    public void Slot_OfARecipient_IsItsOwn()
    {
        Answer("good.example", NameRecordKind.Mx, "mx.good.example");
        var client = Scenario("not has_mx(rcpt_to_domain)", "rcpt", "continue").Connect();
        client.Mail();

        Assert.Equal("continue", client.Rcpt("a@good.example").Outcome);
        Assert.Equal("reject", client.Rcpt("a@bad.example").Outcome);
        Assert.Equal("continue", client.Rcpt("b@good.example").Outcome);
    }

    [Fact]
    public void Slot_AfterASecondHelo_IsAskedAnew()
    {
        Answer("good.example", NameRecordKind.A, "192.0.2.1");
        var client = Scenario("not resolves(helo)", "helo", "continue").Connect();

        Assert.Equal("reject", client.Helo("bad.example").Outcome);
        Assert.Equal("continue", client.Helo("good.example").Outcome);
    }

    [Fact]
    public void Failed_OnTheConnection_IsAskedAgainWithTheNextMessageOnly()
    {
        Answer("9.113.0.203.bl.example", NameRecordKind.A, "fail");
        var client = Scenario("dnsbl('bl.example') <> ''", "rcpt").Connect();
        for (var i = 0; i < 2; i++)
        {
            client.Mail();
            client.Rcpt("bob@example.jp");
            client.Rcpt("eve@example.jp");
            client.Abort();
        }

        Assert.Equal(2, _names.Asked.Count);
    }

    [Theory]
    [InlineData("", OnError.Continue, "continue")]
    [InlineData("tempfail", OnError.Continue, "tempfail")]
    [InlineData("continue", OnError.Tempfail, "continue")]
    [InlineData("", OnError.Reject, "reject")]
    public void Failed_OnErrorOfTheRuleThenOfTheServerDecides_NeverThatOfTheState(string own, OnError server, string expected)
    {
        Answer("9.113.0.203.bl.example", NameRecordKind.A, "fail");
        var options = new CompilerOptions { Now = TestKit.Scenarios.Scenario.Start, OnError = server, StateOnError = OnError.Accept };
        var scenario = new Scenario(options, Policy("dnsbl('bl.example') <> ''", "mail", own))
        {
            Engine = new EngineOptions { Names = _names, OnError = server, StateOnError = OnError.Accept },
        };
        var decision = scenario.Connect().Mail();

        Assert.Equal(expected, decision.Outcome);
        Assert.Equal(["Look-up dnsbl('bl.example'): scripted", "A fact that the rule rests on could not be known; on_error decides."], decision.Errors.Select(e => e.Text));
        Assert.All(decision.Errors, error => Assert.True(error.IsToldElsewhere));
        Assert.True(scenario.Set.Requirements.Replies.HasFlag(MilterEvents.Mail));
    }

    [Fact]
    public void Timeout_OfTheRule_LimitsItsLookupsAlone()
    {
        Answer("9.113.0.203.bl.example", NameRecordKind.A, "127.0.0.2");
        var scenario = new Scenario("""
            policy: p
            rules:
              - { id: hurried, phase: mail, when: "dnsbl('bl.example') <> ''", timeout: 1ms, then: [reject] }
              - { id: patient, phase: mail, when: "dnsbl('other.example') = ''", then: [tempfail] }
            """)
        { Engine = new EngineOptions { Names = _names, LookupBudget = TimeSpan.FromSeconds(5) } };

        var decision = scenario.Connect().Mail();

        Assert.Equal("patient", decision.Rule?.Id);
        Assert.Equal([TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(1)], _names.Limits);
    }

    [Fact]
    public void NoService_EveryLookupFails()
    {
        var decision = new Scenario(Policy("fcrdns", "mail", "tempfail")).Connect().Mail();

        Assert.Equal("tempfail", decision.Outcome);
    }

    [Fact]
    public void ReadValues_HoldWhatWasLookedUp_AndWhatFailed()
    {
        Answer("9.113.0.203.bl.example", NameRecordKind.A, "127.0.0.2");
        Answer("good.example", NameRecordKind.Mx, "mx.good.example");
        Answer("9.113.0.203.in-addr.arpa", NameRecordKind.Ptr, "fail");
        var client = Scenario("dnsbl('bl.example') <> '' and not has_mx(rcpt_to_domain) and fcrdns", "rcpt").Connect();
        client.Mail();
        client.Rcpt("a@good.example");
        client.Rcpt("a@bad.example");
        client.Data();

        var values = client.Engine.ReadValues().Where(value => value.Name.Contains('(', StringComparison.Ordinal) || value.Name == "fcrdns").ToDictionary(value => value.Name, value => value.Value);
        Assert.Equal(
            new Dictionary<string, object?> { ["dnsbl('bl.example')"] = "127.0.0.2", ["fcrdns"] = null, ["has_mx('good.example')"] = true, ["has_mx('bad.example')"] = false },
            values);
    }

    [Fact]
    public void Given_AnswersAreTaken_AndWhatIsMissingIsNoted()
    {
        var scenario = new Scenario(Policy("dnsbl('bl.example') <> '' and fcrdns", "mail", "tempfail"));
        var client = scenario.Connect();
        var given = new GivenFacts(new Dictionary<string, string?> { ["dnsbl('bl.example')"] = "127.0.0.2" });
        client.Engine.Given = given;

        Assert.Equal("tempfail", client.Mail().Outcome);
        Assert.Equal(["fcrdns"], given.Missed);
    }

    [Theory]
    [InlineData("dnsbl('zen') = ''", "PM136")]
    [InlineData("dnsbl('.zen.example') = ''", "PM136")]
    [InlineData("dnsbl('203.0.113.9') = ''", "PM136")]
    [InlineData("dnsbl(helo) = ''", "PM135")]
    [InlineData("dnsbl('zen.example', hour) = ''", "PM130")]
    [InlineData("has_mx(client_port)", "PM130")]
    [InlineData("fcrdns = 'x'", "PM133")]
    [InlineData("resolves(mail_from_domain)", "PM131")]
    public void Check_OfWhatCannotBeAsked_Tells(string condition, string id) =>
        Assert.Equal([id], Compiled.Diagnose(Policy(condition, "helo", "continue")).Select(d => d.Id));

    private void Answer(string name, NameRecordKind kind, string records)
    {
        if (records.Length > 0)
        {
            _names[name, kind] = records == "fail" ? null : records.Split(' ');
        }
    }

    /// <summary>Null where the condition fails.</summary>
    private bool? Test(string condition, string ip = "203.0.113.9", string helo = "mail.spam.example")
    {
        var client = Scenario(condition, "mail", "tempfail").Connect(ip);
        client.Helo(helo);
        return client.Mail().Outcome switch { "reject" => true, "continue" => false, _ => null };
    }

    private Scenario Scenario(string condition, string phase, string onError = "continue") =>
        new(Policy(condition, phase, onError)) { Engine = new EngineOptions { Names = _names } };

    private static string Policy(string condition, string phase, string onError) => $$"""
        policy: p
        rules:
          - id: r
            phase: {{phase}}
            when: "{{condition}}"
            {{(onError.Length > 0 ? $"on_error: {onError}" : string.Empty)}}
            then: [reject]
        """;
}
