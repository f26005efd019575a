using Pmilter.Policies.Compilation;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Protecting;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;
using Pmilter.TestKit.Scenarios;

namespace Pmilter.Tests.Engine;

/// <summary>Parties of <c>protect</c>: what a rule would do to them does not happen.</summary>
public sealed class ProtectionTests
{
    private const string Anybody = "someone@example.jp";

    private static Protection Everyone { get; } = new(Networks("192.0.2.0/24", "2001:db8::/32"), ["postmaster", "abuse", "boss@example.jp"], ["scanner"]);

    [Theory]
    [InlineData("connect", "reject", "192.0.2.7", "", Anybody, "192.0.2.7 is in protect.clients")]
    [InlineData("connect", "reject", "203.0.113.9", "", Anybody, "")]
    [InlineData("connect", "reject", "203.0.113.9", "", "postmaster@example.jp", "")]
    [InlineData("helo", "tempfail", "192.0.2.7", "", Anybody, "192.0.2.7 is in protect.clients")]
    [InlineData("mail", "reject", "203.0.113.9", "Scanner", Anybody, "Scanner is in protect.logins")]
    [InlineData("mail", "reject", "203.0.113.9", "alice", Anybody, "")]
    [InlineData("mail", "reject", "203.0.113.9", "", "postmaster@example.jp", "")]
    [InlineData("mail", "discard", "2001:db8::7", "", Anybody, "2001:db8::7 is in protect.clients")]
    [InlineData("rcpt", "reject", "203.0.113.9", "", "postmaster@example.jp", "postmaster@example.jp is in protect.recipients")]
    [InlineData("rcpt", "reject", "203.0.113.9", "", "Abuse@other.example", "Abuse@other.example is in protect.recipients")]
    [InlineData("rcpt", "reject", "203.0.113.9", "", "Postmaster", "Postmaster is in protect.recipients")]
    [InlineData("rcpt", "reject", "203.0.113.9", "", "boss@EXAMPLE.jp", "boss@example.jp is in protect.recipients")]
    [InlineData("rcpt", "reject", "203.0.113.9", "", "boss@other.example", "")]
    [InlineData("rcpt", "reject", "203.0.113.9", "", "postmaster.sales@example.jp", "")]
    [InlineData("rcpt", "greylist: g", "203.0.113.9", "", "postmaster@example.jp", "postmaster@example.jp is in protect.recipients")]
    [InlineData("data", "tempfail", "203.0.113.9", "", "abuse@example.jp", "abuse@example.jp is in protect.recipients")]
    [InlineData("header", "reject", "203.0.113.9", "", "abuse@example.jp", "abuse@example.jp is in protect.recipients")]
    [InlineData("eoh", "discard", "203.0.113.9", "", "abuse@example.jp", "abuse@example.jp is in protect.recipients")]
    [InlineData("body", "reject", "203.0.113.9", "", "abuse@example.jp", "abuse@example.jp is in protect.recipients")]
    [InlineData("eom", "reject", "203.0.113.9", "", "abuse@example.jp", "abuse@example.jp is in protect.recipients")]
    [InlineData("eom", "quarantine: bad", "203.0.113.9", "scanner", Anybody, "scanner is in protect.logins")]
    [InlineData("eom", "ban: b", "192.0.2.7", "", Anybody, "192.0.2.7 is in protect.clients")]
    [InlineData("eom", "reject", "203.0.113.9", "", Anybody, "")]
    [InlineData("eom", "add_header: { name: X, value: y }", "192.0.2.7", "", Anybody, "")]
    public void Rule_ThatWithholds_DoesNothingToWhomIsProtected(string phase, string step, string ip, string login, string to, string why)
    {
        var scenario = Run(Policy(phase, step, string.Empty));

        var decisions = Send(scenario, ip, login, to);
        var included = Send(Run(Policy(phase, step, "protected: include, ")), ip, login, to);

        var spared = decisions.SelectMany(decision => decision.Protected).Select(spared => spared.Party.ToString()).Distinct();
        Assert.Equal(why.Length > 0 ? [why] : [], spared);
        Assert.Empty(included.SelectMany(decision => decision.Protected));
        if (why.Length > 0)
        {
            Assert.All(decisions, decision => Assert.Equal((VerdictKind.Continue, null, 0), (decision.Verdict.Kind, decision.Rule, decision.Modifications.Count)));
            Assert.Empty(scenario.View().RunningBans(scenario.Time.GetUtcNow()));
        }
    }

    [Theory]
    [InlineData("reject")]
    [InlineData("greylist: g")]
    public void Rcpt_ProtectedOne_IsTakenAndTheOtherRefused(string step)
    {
        var client = Run(Policy("rcpt", step, string.Empty)).Connect();
        client.Mail();

        Assert.Equal("r", client.Rcpt(Anybody).RuleOf());
        Assert.Equal("continue", client.Rcpt("postmaster@example.jp").Outcome);
        Assert.Equal("r", client.Rcpt("other@example.jp").RuleOf());
    }

    [Fact]
    public void Message_WithAProtectedRecipientAmongOthers_IsProtectedAsAWhole()
    {
        var client = Run(Policy("eom", "reject", string.Empty)).Connect();

        Assert.Equal("continue", client.Send(recipients: [Anybody, "abuse@example.jp"]).Outcome);
        Assert.Equal("r", client.Send(recipients: [Anybody]).RuleOf());
    }

    [Fact]
    public void Message_WhoseProtectedRecipientWasRefused_IsNot()
    {
        var client = Run("""
            policy: p
            rules:
              - { id: first, phase: rcpt, protected: include, when: "rcpt_to_user = 'abuse'", then: [ reject ] }
              - { id: r, phase: eom, then: [ reject ] }
            """).Connect();
        client.Mail();

        Assert.Equal("first", client.Rcpt("abuse@example.jp").RuleOf());
        Assert.Equal("continue", client.Rcpt(Anybody).Outcome);
        Assert.Equal("r", client.Eom().RuleOf());
    }

    [Fact]
    public void NextRule_IsAskedAsIfTheFirstHadNotMatched()
    {
        var client = Run("""
            policy: p
            rules:
              - { id: first, phase: rcpt, then: [ tag: spam, reject ] }
              - { id: tagged, phase: rcpt, protected: include, when: "tagged('spam')", then: [ reject ] }
              - { id: next, phase: rcpt, protected: include, then: [ tempfail ] }
            """).Connect();
        client.Mail();

        var decision = client.Rcpt("postmaster@example.jp");

        Assert.Equal(("next", "first"), (decision.RuleOf(), Assert.Single(decision.Protected).Rule.Id));
    }

    [Fact]
    public void Limit_OfAProtectedClient_CountsAndHoldsNobody()
    {
        var scenario = Run("""
            policy: p
            counters:
              c: { phase: mail, count: messages, key: [mail_from], window: 60s }
            rules:
              - { id: r, phase: mail, limit: { counter: c, max: 1, hold: 5m }, then: [ reject ] }
            """);
        var relay = scenario.Connect(ip: "192.0.2.7");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("continue", relay.Mail().Outcome);
            relay.Eom();
        }

        Assert.Equal(3, scenario.CountOf("p/c"));

        // Its events count for a key that others share, but no hold has begun: when the window is over, the others may send.
        Assert.Equal("r", scenario.Connect().Mail("a@spam.example").RuleOf());
        scenario.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("continue", relay.Mail().Outcome);
    }

    [Fact]
    public void Monitor_WhomItSpares_ItWouldNotHaveRefused()
    {
        var client = Run(Policy("rcpt", "reject", "mode: monitor, ")).Connect();
        client.Mail();

        var spared = client.Rcpt("postmaster@example.jp");
        var other = client.Rcpt(Anybody);

        Assert.Equal((0, PolicyMode.Monitor), (spared.Would.Count, Assert.Single(spared.Protected).Rule.Mode));
        Assert.Equal((1, 0), (other.Would.Count, other.Protected.Count));
    }

    [Fact]
    public void OnError_RefusesNobodyWhoIsProtected()
    {
        var policy = "policy: p\nrules: [ { id: r, phase: rcpt, when: \"fcrdns\", on_error: tempfail, then: [ add_header: { name: X, value: y } ] } ]";
        var client = Run(policy).Connect();
        client.Mail();

        Assert.Equal("tempfail", client.Rcpt(Anybody).Outcome);
        Assert.Equal("continue", client.Rcpt("postmaster@example.jp").Outcome);
    }

    [Fact]
    public void Explanation_NamesWhoIsProtected()
    {
        var client = Run(Policy("rcpt", "reject", string.Empty)).Connect();
        client.Mail();
        client.Engine.Trace = new Policies.Evaluation.Tracing.EvaluationTrace();

        client.Rcpt("postmaster@example.jp");

        var rule = Assert.Single(client.Engine.Trace.Rules);
        Assert.Equal(("protected", "postmaster@example.jp is in protect.recipients"), (rule.Outcome, rule.ProtectedWhy));
    }

    [Theory]
    [InlineData("eom", "reject", "", true)]
    [InlineData("eom", "reject", "protected: include, ", false)]
    [InlineData("eom", "add_header: { name: X, value: y }", "", false)]
    [InlineData("mail", "reject", "", false)]
    public void Recipients_AreAskedOfTheMtaWhereARuleMightRefuseThem(string phase, string step, string more, bool isAsked) =>
        Assert.Equal(isAsked, Run(Policy(phase, step, more)).Set.Requirements.Events.HasFlag(MilterEvents.Rcpt));

    [Theory]
    [InlineData("mail", "reject", "", true)]
    [InlineData("rcpt", "reject", "", false)]
    [InlineData("rcpt", "reject", "protected: include, ", true)]
    [InlineData("connect", "reject", "mode: monitor, ", false)]
    [InlineData("eom", "quarantine: x", "", false)]
    public void Rules_ThatReachProtectedRecipients_AreKnown(string phase, string step, string more, bool reaches) =>
        Assert.Equal(reaches, Assert.Single(Run(Policy(phase, step, more)).Set.Rules).ReachesProtectedRecipients);

    private static Scenario Run(string policy) => new(new CompilerOptions { Now = Scenario.Start, Protection = Everyone }, policy)
    {
        OtherStore = new Effects.Counters.MemoryStateStore(),
        Engine = new EngineOptions { Protection = Everyone },
    };

    private static string Policy(string phase, string step, string more) => $$"""
        policy: p
        bans:
          b: { key: [client_ip], for: 1h }
        greylists:
          g: { key: [client_net, mail_from], delay: 5m, retry_within: 1d, remember: 35d }
        rules:
          - { id: r, phase: {{phase}}, {{more}}then: [ {{step}} ] }
        """;

    /// <summary>A whole message, whatever is answered.</summary>
    private static List<Decision> Send(Scenario scenario, string ip, string login, string to)
    {
        var client = scenario.Connect(ip, login: login);
        List<Decision> decisions = [client.Connected, client.Helo(), client.Mail(), client.Rcpt(to), client.Data(), client.Header("Subject", "x"), client.Eoh(), client.Body("x"), client.Eom()];
        return [.. decisions.Where(decision => decision.Rule is not null || decision.Protected.Count > 0)];
    }

    private static Policies.Lists.MailList Networks(params string[] networks)
    {
        var diagnostics = new DiagnosticBag();
        var source = new SourceText("pmilter.yaml", string.Join('\n', networks));
        var list = ProtectedClients.Read(networks.Select(network => new YamlScalar(new SourceSpan(source, source.Text.IndexOf(network, StringComparison.Ordinal), network.Length), network, YamlStyle.Plain)), diagnostics);
        Assert.Empty(diagnostics.All);
        return list;
    }
}
