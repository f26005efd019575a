using System.Net;
using Pmilter.Policies.Compilation;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Dispatch;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Mail;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Dispatch;

public sealed class RuleIndexTests
{
    [Theory]
    [InlineData("helo = 'N.example'", "r7")]
    [InlineData("'N.EXAMPLE' = helo", "r7")]
    [InlineData("in(helo, 'N.example', 'other.example')", "r7")]
    [InlineData("helo = 'N.example' or helo = 'N.test'", "r7")]
    [InlineData("not is_bounce and helo = 'N.example' and banned('out')", "r7")]
    [InlineData("client_country = 'RU' and helo = 'N.example'", "r7")]
    [InlineData("client_ip = '203.0.113.N'", "r9")]
    [InlineData("client_port = N", "r5")]
    [InlineData("helo = 'N.example' or mail_from_domain = 'N.example'", "all")]
    [InlineData("banned('out') and helo = 'N.example'", "all")]
    [InlineData("not (helo = 'N.example')", "all")]
    [InlineData("contains(helo, 'N.example')", "all")]
    [InlineData("score_total = N", "all")]
    public void Next_HundredRules_AsksThoseOfTheValue(string condition, string asked)
    {
        var rules = string.Concat(Enumerable.Range(1, 100).Select(n => Rule($"r{n}", condition.Replace("N", $"{n}", StringComparison.Ordinal))));
        var story = new Story { ClientIp = "203.0.113.9", Port = 5, Helo = "7.example", MailFrom = "<x@6.example>", Phase = Phase.Mail };

        Assert.Equal(asked == "all" ? "all" : $"first {asked} last", Asked(Rule("first", "true") + rules + Rule("last", "authenticated"), story));
    }

    [Fact]
    public void Next_ValueThatNoRuleDemands_AsksOnlyTheOthers() =>
        Assert.Equal("last", Asked(string.Concat(Enumerable.Range(1, 20).Select(n => Rule($"r{n}", $"helo = '{n}'"))) + Rule("last", "true"), new Story { Phase = Phase.Mail }));

    [Fact]
    public void Next_TwoFields_AsksInWrittenOrder()
    {
        var rules = string.Concat(Enumerable.Range(1, 20).Select(n => Rule($"a{n}", $"helo = '{n % 10}.example'") + Rule($"b{n}", $"client_port = {n % 10}")));

        Assert.Equal("b3 a7 b13 a17", Asked(rules, new Story { Helo = "7.example", Port = 3, Phase = Phase.Mail }));
    }

    [Theory]
    [InlineData(7, false)]
    [InlineData(8, true)]
    public void Of_FewRules_IsNone(int rules, bool isIndexed) =>
        Assert.Equal(isIndexed, Set(string.Concat(Enumerable.Range(1, rules).Select(n => Rule($"r{n}", $"helo = '{n}'")))).NodeOf(Phase.Mail).Index is not null);

    [Fact]
    public void Evaluate_FieldThatCannotBeRead_IsEachRulesOwnFailure()
    {
        var rules = string.Concat(Enumerable.Range(1, 20).Select(n => $"  - {{ id: r{n}, phase: mail, when: \"client_country = '{(n < 10 ? "RU" : "NG")}'\", on_error: {(n == 15 ? "reject" : "continue")}, then: [ tempfail ] }}\n"));
        var client = new SmtpClient(new Scenario(Set(rules)), new Broken(), "203.0.113.9", string.Empty, "mail.example", 25);

        var decision = client.Mail();

        Assert.Equal("r15", decision.Rule?.Id);
        Assert.Equal("reject", decision.Outcome);
        Assert.Equal(15, decision.Errors.Count);
    }

    private static string Asked(string rules, Story story)
    {
        var node = Set(rules).NodeOf(Phase.Mail);
        var turns = new RuleTurns(Mother.Context(story));
        turns.Begin(node);
        var asked = new List<string>();
        while (turns.Next() is { } rule)
        {
            asked.Add(rule.Reference.Id);
        }

        return asked.Count == node.Rules.Length ? "all" : string.Join(' ', asked);
    }

    private static string Rule(string id, string condition) => $"  - {{ id: {id}, phase: mail, when: \"{condition}\", then: [ log: seen ] }}\n";

    private static PolicySet Set(string rules) =>
        Compiled.Compile(new CompilerOptions { Now = Scenario.Start }, $"policy: p\nbans:\n  out: {{ key: [client_ip], for: 1h }}\nrules:\n{rules}");

    private sealed class Broken : IGeoSource
    {
        public GeoPlace Find(IPAddress address) => throw new InvalidOperationException("scripted");
    }
}
