using System.Text;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Scripts;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;
using Pmilter.TestKit.Scenarios;
using Pmilter.Tests.Engine;

namespace Pmilter.Tests.Scripts;

/// <summary>What the engine makes of a script's answer; the answers are played, no Ruby runs.</summary>
public sealed class ScriptRuleTests
{
    private readonly PlayedScripts _scripts = new();

    [Theory]
    [InlineData(0, "mail", "continue")]
    [InlineData(1, "mail", "reject")]
    [InlineData(2, "mail", "discard")]
    [InlineData(3, "rcpt", "accept")]
    [InlineData(4, "connect", "tempfail")]
    [InlineData(8, "body", "skip")]
    [InlineData(8, "mail", "tempfail")]
    [InlineData(7, "mail", "tempfail")]
    [InlineData(10, "eom", "tempfail")]
    [InlineData(-1, "eom", "tempfail")]
    [InlineData(2, "helo", "tempfail")]
    [InlineData(1, "abort", "continue")]
    [InlineData(1, "close", "continue")]
    public void Status_OfAPhase_IsTheVerdictThatAnMtaTakes(int status, string phase, string outcome)
    {
        _scripts.Status = status;

        Assert.Equal(outcome, Play($"policy: p\nhandlers: {{ {phase}: h.rb }}\n", phase).Outcome);
    }

    [Fact]
    public void Handlers_RunAfterTheRulesOfTheirPhase_AndAreRulesOfTheirOwn()
    {
        _scripts.Status = 1;
        var scenario = Run("""
            policy: p
            rules:
              - { id: first, phase: mail, when: "mail_from_user = 'a'", then: [ tempfail ] }
            handlers: { mail: handlers/mail.rb }
            """);
        var client = scenario.Connect();

        Assert.Equal("first", client.Mail("a@x.example").RuleOf());
        Assert.Empty(_scripts.Calls);
        client.Abort();
        Assert.Equal("handler_mail", client.Mail("b@x.example").RuleOf());
        Assert.Equal(("policies/handlers/mail.rb", "mail"), (_scripts.Calls[0].Path, _scripts.Calls[0].Phase));
    }

    [Theory]
    [InlineData("reject", "5.7.1 no way", "550 5.7.1 no way")]
    [InlineData("reject", "554 5.7.0 gone", "554 5.7.0 gone")]
    [InlineData("reject", "", "550 5.7.1 Rejected by policy")]
    [InlineData("tempfail", "4.7.1 later", "451 4.7.1 later")]
    [InlineData("tempfail", "421 4.7.0 busy", "421 4.7.0 busy")]
    public void Refusal_WithText_IsTheReply(string name, string text, string reply)
    {
        _scripts.Operations = [Operation(name, ScriptValue.Of(text))];

        var decision = Play("policy: p\nhandlers: { mail: h.rb }\n", "mail");

        Assert.Equal((name, reply), (decision.Outcome, $"{decision.Verdict.Reply!.Code} {decision.Verdict.Reply.EnhancedCode} {decision.Verdict.Reply.Lines[0]}"));
    }

    [Theory]
    [InlineData("reject", "4.7.1 later")]
    [InlineData("tempfail", "550 no")]
    [InlineData("reject", "5.7.1 tab\tand\0nul")]
    public void Refusal_WithATextThatDoesNotFit_GoesToOnErrorAndSaysTheLine(string name, string text)
    {
        _scripts.Operations = [Operation(name, ScriptValue.Of(text))];

        var decision = Play("policy: p\nrules: [ { id: r, phase: mail, on_error: accept, then: [ ruby: h.rb ] } ]\n", "mail");

        Assert.Equal("accept", decision.Outcome);
        Assert.Contains("line 7", Assert.Single(decision.Errors).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "tempfail", ScriptOutcome.Failed)]
    [InlineData("continue", "continue", ScriptOutcome.TimedOut)]
    [InlineData("reject", "reject", ScriptOutcome.Crashed)]
    [InlineData("accept", "accept", ScriptOutcome.Refused)]
    public void Failure_GoesToTheRulesOnErrorOrRubys(string? onError, string outcome, ScriptOutcome how)
    {
        _scripts.Outcome = how;
        _scripts.Operations = [Operation("tag", ScriptValue.Of("x"))];
        var own = onError is null ? string.Empty : $"on_error: {onError}, ";

        var decision = Play($"policy: p\nrules: [ {{ id: r, phase: mail, {own}then: [ ruby: h.rb ] }} ]\n", "mail");

        Assert.Equal(outcome, decision.Outcome);
        Assert.Contains("h.rb", Assert.Single(decision.Errors).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Operations_AtEom_ChangeTheMessageInTheirOrder()
    {
        _scripts.Operations =
        [
            Operation("add_header", ScriptValue.Of("X-A"), ScriptValue.Of("1")),
            Operation("insert_header", ScriptValue.Of("X-B"), ScriptValue.Of("2")),
            Operation("change_header", ScriptValue.Of("Subject"), ScriptValue.Of("new"), ScriptValue.Of(1d)),
            Operation("delete_header", ScriptValue.Of("X-C"), ScriptValue.Of(2d)),
            Operation("change_sender", ScriptValue.Of("a@b.example"), ScriptValue.Of("RET=HDRS")),
            Operation("add_recipient", ScriptValue.Of("c@d.example")),
            Operation("delete_recipient", ScriptValue.Of("e@f.example")),
            Operation("replace_body", ScriptValue.Of(Encoding.ASCII.GetBytes("raw"))),
            Operation("quarantine", ScriptValue.Of("look")),
        ];

        var decision = Play("policy: p\nhandlers: { eom: h.rb }\n", "eom");

        Assert.Equal(("quarantine", "look"), (decision.Outcome, decision.QuarantineReason));
        Assert.Equal(
            [
                new AddHeader("X-A", "1"), new InsertHeader(1, "X-B", "2"), new ChangeHeader("Subject", 1, "new"), new DeleteHeader("X-C", 2),
                new ChangeSender("a@b.example", "RET=HDRS"), new AddRecipient("c@d.example", null), new DeleteRecipient("e@f.example"),
            ],
            decision.Modifications.SkipLast(1));
        Assert.Equal("raw", Encoding.ASCII.GetString(((ReplaceBody)decision.Modifications[^1]).Body.Span));
    }

    [Theory]
    [InlineData("mail", "add_header", "messages are changed at eom only")]
    [InlineData("eom", "no_such", "there is no such operation")]
    [InlineData("eom", "ban", "the policy has no ban 'X-A'")]
    public void Operation_ThatCannotBe_IsToldWithFileAndLineAndTheRestIsDone(string phase, string name, string error)
    {
        _scripts.Operations = [Operation(name, ScriptValue.Of("X-A"), ScriptValue.Of("1")), Operation("reject")];

        var decision = Play($"policy: p\nhandlers: {{ {phase}: h.rb }}\n", phase);

        Assert.Equal("reject", decision.Outcome);
        Assert.StartsWith($"policies/h.rb:7: {name}: {error}", Assert.Single(decision.Errors).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Operation_ThatTheMtaDidNotOffer_IsTold()
    {
        _scripts.Operations = [Operation("change_sender", ScriptValue.Of("a@b.example"))];
        const string policy = "policy: p\nhandlers: { eom: h.rb }\n";
        var agreement = Negotiator.Agree(Offer.Postfix with { Actions = MilterActions.AddHeaders }, Run(policy).Set.Requirements);
        var client = new Scenario(policy) { Engine = Options(), Agreement = agreement }.Connect();
        client.Mail();

        var decision = client.Eom();

        Assert.Empty(decision.Modifications);
        Assert.Contains("the MTA did not offer it", Assert.Single(decision.Errors).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void TagsScoresAndBans_AreThoseOfTheLanguage()
    {
        _scripts.Operations = [Operation("tag", ScriptValue.Of("odd")), Operation("score", ScriptValue.Of(2.5)), Operation("ban", ScriptValue.Of("bad"))];
        var client = Run("""
            policy: p
            bans:
              bad: { key: [client_ip], for: 1h }
            rules:
              - { id: script, phase: mail, then: [ ruby: h.rb ] }
              - { id: known, phase: mail, when: "tagged('odd') and score_total = 2.5 and banned('bad')", then: [ tag: odd, reject ] }
            """).Connect();

        Assert.Equal("known", client.Mail().RuleOf());
    }

    [Fact]
    public void Monitor_RunsTheScriptAndDoesNothing()
    {
        _scripts.Operations = [Operation("tag", ScriptValue.Of("odd")), Operation("add_header", ScriptValue.Of("X-A"), ScriptValue.Of("1")), Operation("reject", ScriptValue.Of("5.7.1 no"))];
        var client = Run("policy: p\nmode: monitor\nhandlers: { eom: h.rb }\n").Connect();
        client.Mail();

        var decision = client.Eom();

        Assert.Equal("continue", decision.Outcome);
        Assert.Empty(decision.Modifications);
        Assert.Equal(("reject", "550 5.7.1 no"), (decision.Would[0].Outcome, decision.Would[0].ReplyText));
    }

    [Fact]
    public void Output_IsLoggedWithTheRule()
    {
        _scripts.Output = ["hello", "world"];

        Assert.Equal(["hello", "world"], Play("policy: p\nhandlers: { mail: h.rb }\n", "mail").Logs.Select(line => line.Text));
    }

    [Fact]
    public void Refusal_TakesCountedHitsBack()
    {
        _scripts.Status = 4;
        var scenario = new Scenario("""
            policy: p
            counters:
              c: { phase: mail, count: messages, key: [client_ip], window: 1h }
            rules:
              - { id: l, phase: mail, limit: { counter: c, max: 100 }, then: [ reject ] }
            handlers: { mail: h.rb }
            """)
        { Engine = Options(), OtherStore = new Pmilter.Effects.Counters.MemoryStateStore() };

        scenario.Connect().Mail();

        Assert.Equal(0, scenario.CountOf("p/c"));
    }

    [Fact]
    public void Facts_UnderBothNames_AreWhatTheMtaSent()
    {
        var seen = new List<string>();
        _scripts.Asked = async facts =>
        {
            foreach (var name in new[] { "client_ip", "client_country", "connect_host", "helo", "mail_from", "mail_from_raw", "subject", "score_total", "authenticated", "no_such", "rcpt_to" })
            {
                seen.Add($"{name}={Show(facts.Field(name))}");
            }

            foreach (var question in new[] { "header Subject", "macro {auth_authen}", "counter c", "counter c 203.0.113.9", "counter none", "in_list bad 203.0.113.9", "in_list bad 192.0.2.1", "tagged odd", "headers" })
            {
                var words = question.Split(' ');
                seen.Add($"{question}={Show(await facts.AskAsync(words[0], words[1..], CancellationToken.None))}");
            }
        };
        var client = Run("""
            policy: p
            lists:
              bad: { type: cidr, items: ['203.0.113.0/24'] }
            counters:
              c: { phase: mail, count: messages, key: [client_ip], window: 1h }
            rules:
              - { id: l, phase: mail, limit: { counter: c, max: 100 }, then: [ reject ] }
              - { id: t, phase: mail, when: "in_list(client_ip, 'bad')", then: [ tag: odd ] }
            handlers: { eoh: h.rb }
            """).Connect(login: "alice");
        client.Helo("me");
        client.Mail("A@b.example");
        client.Rcpt("c@d.example");
        client.Data();
        client.Header("Subject", "=?utf-8?q?caf=C3=A9?=");
        client.Header("X-Two", " 2");
        Assert.Empty(client.Eoh().Errors);

        Assert.Equal(
            [
                "client_ip=203.0.113.9", "client_country=RU", "connect_host=mail.spam.example", "helo=me", "mail_from=A@b.example", "mail_from_raw=<A@b.example>",
                "subject=café", "score_total=0", "authenticated=True", "no_such=nil", "rcpt_to=nil",
                "header Subject=café", "macro {auth_authen}=alice", "counter c=1", "counter c 203.0.113.9=1", "counter none=nil",
                "in_list bad 203.0.113.9=True", "in_list bad 192.0.2.1=False", "tagged odd=True",
                "headers=[[Subject, =?utf-8?q?caf=C3=A9?=], [X-Two,  2]]",
            ],
            seen);
    }

    [Fact]
    public void BodyChunk_AndReceiveTime_AreThoseOfTheEvent()
    {
        var seen = new List<string>();
        _scripts.Asked = facts =>
        {
            seen.Add($"{Show(facts.Field("body_chunk"))} {Show(facts.Field("receive_time"))}");
            return Task.CompletedTask;
        };
        var client = Run("policy: p\nhandlers: { body: h.rb, eom: h.rb }\n").Connect();
        client.Mail();
        client.Body("one");
        client.Body("two");
        client.Eom();

        Assert.Equal(["one 0", "two 0", $" {Scenario.Start.ToUnixTimeSeconds()}"], seen);
    }

    [Fact]
    public void Session_IsOneAConnection_AndEnded()
    {
        var scenario = Run("policy: p\nhandlers: { mail: h.rb }\n");
        var one = scenario.Connect();
        var two = scenario.Connect();
        one.Mail();
        one.Abort();
        one.Mail();
        two.Mail();
        one.Close();

        var sessions = _scripts.Calls.Select(call => call.Session).ToArray();
        Assert.Equal((sessions[0], true), (sessions[1], sessions[0] != sessions[2]));
        Assert.Equal([sessions[0]], _scripts.Ended);
    }

    [Fact]
    public void Requirements_OfAHandler_AreAllThatItMayReadAndDo()
    {
        var eom = Run("policy: p\nhandlers: { eom: h.rb }\n").Set.Requirements;
        Assert.Equal(MilterActions.All & ~MilterActions.SetMacroList, eom.Actions);
        Assert.Equal(MilterEvents.Connect | MilterEvents.Helo | MilterEvents.Mail | MilterEvents.Rcpt | MilterEvents.Header, eom.Events & ~MilterEvents.EndOfMessage);
        Assert.False(Run("policy: p\nhandlers: { mail: h.rb }\n").Set.Requirements.Events.HasFlag(MilterEvents.Header));
        Assert.True(Run("policy: p\nhandlers: { body: h.rb }\n").Set.Requirements.Replies.HasFlag(MilterEvents.Body));
    }

    [Fact]
    public void Timeout_OfTheRule_IsTheCalls()
    {
        Play("policy: p\nrules: [ { id: r, phase: mail, timeout: 300ms, then: [ ruby: h.rb ] } ]\n", "mail");
        Play("policy: p\nrules: [ { id: r, phase: mail, then: [ ruby: h.rb ] } ]\n", "mail");

        Assert.Equal([TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(2)], _scripts.Calls.Select(call => call.Timeout));
    }

    [Theory]
    [InlineData("reject", "rcpt")]
    [InlineData("tempfail", "mail")]
    [InlineData("discard", "eom")]
    [InlineData("quarantine", "eom")]
    public void Verdict_OnAProtectedParty_IsNoneAndNoted(string name, string phase)
    {
        _scripts.Operations = [Operation(name, ScriptValue.Of(""))];
        var options = Options() with { Protection = new Policies.Protecting.Protection(null, [], ["alice"]) };
        var client = new Scenario($"policy: p\nrules: [ {{ id: r, phase: {phase}, then: [ ruby: h.rb ] }} ]\n") { Engine = options }.Connect(login: "alice");

        var decision = phase switch { "mail" => client.Mail(), "rcpt" => Rcpt(), _ => Eom() };

        Assert.Equal((VerdictKind.Continue, null, name), (decision.Verdict.Kind, decision.QuarantineReason, Assert.Single(decision.Protected).Outcome));

        Decision Rcpt()
        {
            client.Mail();
            return client.Rcpt("x@x.example");
        }

        Decision Eom()
        {
            Rcpt();
            return client.Eom();
        }
    }

    [Fact]
    public void Ban_OfAProtectedParty_DoesNotBegin()
    {
        _scripts.Operations = [Operation("ban", ScriptValue.Of("b"))];
        var options = Options() with { Protection = new Policies.Protecting.Protection(null, [], ["alice"]) };
        var scenario = new Scenario("policy: p\nbans: { b: { key: [client_ip], for: 1h } }\nhandlers: { mail: h.rb }\n") { Engine = options };

        var spared = scenario.Connect(login: "alice").Mail();
        scenario.Connect(login: "bob").Mail();

        Assert.Equal("ban", Assert.Single(spared.Protected).Outcome);
        Assert.Single(scenario.Store.Operations, operation => operation.StartsWith("BanAdd", StringComparison.Ordinal));
    }

    private static ScriptOperation Operation(string name, params ScriptValue[] arguments) => new(name, arguments, 7);

    private static string Show(ScriptValue value) => value switch
    {
        { Text: { } text } => text,
        { Number: { } number } => $"{number}",
        { Truth: { } truth } => $"{truth}",
        { Bytes: { } bytes } => Encoding.ASCII.GetString(bytes.Span),
        { List: { } list } => $"[{string.Join(", ", list.Select(Show))}]",
        _ => "nil",
    };

    private EngineOptions Options() => new() { Scripts = _scripts };

    private Scenario Run(string policy) => new(policy) { Engine = Options() };

    private Decision Play(string policy, string phase)
    {
        var client = Run(policy).Connect();
        if (phase is not ("connect" or "helo" or "mail"))
        {
            client.Mail();
        }

        return Enum.Parse<Phase>(phase, ignoreCase: true) switch
        {
            Phase.Connect => client.Connected,
            Phase.Helo => client.Helo(),
            Phase.Mail => client.Mail(),
            Phase.Rcpt => client.Rcpt("a@x.example"),
            Phase.Body => client.Body("text"),
            Phase.Eom => client.Eom(),
            Phase.Abort => client.Abort(),
            _ => client.Close(),
        };
    }
}
