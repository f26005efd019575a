using Pmilter.Policies.Compilation;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Tests.Scenarios;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Compilation;

public sealed class RequirementsTests
{
    public static TheoryData<string, string> Sets => new()
    {
        { "policy: p\nrules: []\n", "events None, replies None, actions None" },
        { "policy: p\nrules:\n  - { id: r, phase: helo, when: \"helo = 'x'\", then: [ reject ] }\n", "events Helo, replies Helo, actions None" },
        { "policy: p\nmode: monitor\nrules:\n  - { id: r, phase: helo, when: \"helo = 'x'\", then: [ reject ] }\n", "events Helo, replies None, actions None" },
        { "policy: p\nmode: off\nrules:\n  - { id: r, phase: helo, when: \"helo = 'x'\", then: [ reject ] }\n", "events None, replies None, actions None" },
        { "policy: p\nrules:\n  - { id: r, phase: mail, then: [ { tag: t } ] }\n", "events Mail, replies None, actions None" },
        { "policy: p\nrules:\n  - { id: r, phase: eom, then: [ { quarantine: why } ] }\n", "events EndOfMessage, replies EndOfMessage, actions Quarantine" },
        { "policy: p\nrules:\n  - { id: r, phase: mail, then: [ { add_header: 'X: y' } ] }\n", "events Mail, replies None, actions AddHeaders" },
        { "policy: p\ncounters:\n  c: { phase: rcpt, count: recipients, key: [mail_from], window: 1m }\nrules: []\n", "events None, replies None, actions None" },
    };

    [Theory]
    [MemberData(nameof(Sets))]
    public void Derive_Set_AsksForExactlyWhatItNeeds(string policy, string expected)
    {
        var requirements = new Scenario(policy).Set.Requirements;
        Assert.Equal(expected, $"events {requirements.Events}, replies {requirements.Replies}, actions {requirements.Actions}");
    }

    [Fact]
    public void Derive_ShippedPolicy_AnswersOnlyAtEndOfHeaders()
    {
        var set = new Scenario(BulkByCountryTests.Text()).Set;
        Assert.Equal("EndOfHeaders", set.Requirements.Replies.ToString());
        Assert.True(set.NeedsGeo);
        Assert.False(set.NeedsAsn);
    }

    [Theory]
    [InlineData(OnError.Continue, "None")]
    [InlineData(OnError.Tempfail, "Mail")]
    public void Derive_RuleThatRestsOnState_RepliesWhenOnErrorRefuses(OnError onError, string replies)
    {
        const string policy = "policy: p\nbans:\n  b: { key: [client_ip], for: 1h }\nrules:\n  - { id: r, phase: mail, when: banned('b'), then: [ { tag: t } ] }\n";
        var set = new Scenario(new CompilerOptions { Now = Scenario.Start, StateOnError = onError }, policy).Set;
        Assert.Equal(replies, set.Requirements.Replies.ToString());
    }
}
