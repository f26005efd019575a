using Pmilter.Policies.Tests.Scenarios;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Binding;

public sealed class PolicyDiagnosticsTests
{
    private const string Counter = "counters:\n  c: { phase: eoh, count: messages, key: [client_ip], window: 60s }\n";

    public static TheoryData<string, string> Single => new()
    {
        { "PM171", Rules("- { id: without_steps, phase: mail }") },
        { "PM177", Rules("- { id: without_steps, phase: mail, then: [] }") },
        { "PM171", "policy: p\ncounters:\n  without_window: { phase: mail, count: messages, key: [] }\nrules: []\n" },
        { "PM178", "policy: p\ncounters:\n  gauge: { phase: connect, count: open_connections, key: [], window: 1m }\nrules: []\n" },
        { "PM173", Rules("- { id: r, phase: mail, schedule: { zone: Asia/Tokio }, then: [ reject ] }") },
        { "PM134", Rules("- { id: r, phase: mail, when: 'if(tls, 1) > 0', then: [ reject ] }") },
        { "PM201", "policy: p\nuse: [nowhere]\nrules: []\n" },
        { "PM204", "policy: p\nmacros:\n  subject: is_bounce\nrules: []\n" },
        { "PM206", "policy: p\ncounters:\n  c: { phase: mail, count: recipients, key: [client_ip], window: 60s }\nrules: []\n" },
        { "PM206", "policy: p\ncounters:\n  c: { phase: eoh, count: bytes, key: [client_ip], window: 60s }\nrules: []\n" },
        { "PM206", "policy: p\ncounters:\n  c: { phase: helo, count: connections, key: [client_ip], window: 60s }\nrules: []\n" },
        { "PM209", "policy: p\n" + Counter + "rules:\n  - { id: r, phase: eoh, limit: { counter: d, max: 1 }, then: [ tempfail ] }\n" },
        { "PM210", "policy: p\n" + Counter + "rules:\n  - { id: r, phase: mail, limit: { counter: c, max: 1 }, then: [ tempfail ] }\n" },
        { "PM211", Rules("- { id: r, phase: mail, then: [ { tagg: t } ] }") },
        { "PM230", Rules("- { id: r, phase: rcpt, then: [ { greylist: g } ] }") },
        { "PM231", Rules("- { id: r, phase: rcpt, then: [ { remember: m } ] }") },
        { "PM232", "policy: p\ngreylists: { g: { key: [mail_from], trust_client_after: 5 } }\nrules:\n  - { id: r, phase: rcpt, then: [ { greylist: g } ] }\n" },
        { "PM227", "policy: p\ngreylists: { g: { key: [rcpt_to] } }\nrules:\n  - { id: r, phase: mail, then: [ { greylist: g } ] }\n" },
        { "PM227", "policy: p\nmemories: { m: { key: [rcpt_to] } }\nrules:\n  - { id: r, phase: eom, then: [ { remember: m } ] }\n" },
        { "PM213", "policy: p\ngreylists: { g: { key: [client_net] } }\nrules:\n  - { id: r, phase: connect, then: [ { greylist: g } ] }\n" },
        { "PM220", "policy: p\ngreylists: { g: { key: [client_net] } }\nrules:\n  - { id: r, phase: mail, then: [ { greylist: { name: g, reply: '5.7.1 no' } } ] }\n" },
        { "PM217", "policy: p\ngreylists: { g: { key: [client_net] } }\nrules:\n  - { id: r, phase: mail, then: [ greylist ] }\n" },
        { "PM169", Rules("- { id: r, phase: mail, when: \"remembered('m', mail_from)\", then: [ reject ] }") },
        { "PM257", "policy: p\ngreylists: { g: { key: [client_net] } }\nmemories: {}\nrules:\n  - { id: r, phase: mail, then: [ reject ] }\n" },
        { "PM251", "policy: p\ngreylists: { g: { key: [client_net] } }\nrules:\n  - { id: r, phase: mail, when: authenticated, then: [ { greylist: g } ] }\n" },
        { "PM236", Rules("- { id: r, phase: mail, then: [ { notify: n } ] }") },
        { "PM217", Rules("- { id: r, phase: mail, then: [ { notify: { text: x } } ] }") },
        { "PM213", Rules("- { id: r, phase: rcpt, then: [ accept ] }") },
        { "PM213", Rules("- { id: r, phase: helo, then: [ discard ] }") },
        { "PM213", Rules("- { id: r, phase: eoh, then: [ { quarantine: why } ] }") },
        { "PM213", Rules("- { id: r, phase: eoh, then: [ skip ] }") },
        { "PM213", Rules("- { id: r, phase: connect, then: [ { add_header: 'X: y' } ] }") },
        { "PM214", Rules("- { id: r, phase: mail, then: [ reject, { tag: t } ] }") },
        { "PM215", Rules("- { id: r, phase: mail, then: [ reject, tempfail ] }") },
        { "PM216", Rules("- { id: r, phase: close, then: [ reject ] }") },
        { "PM217", Rules("- { id: r, phase: mail, then: [ { score: lots } ] }") },
        { "PM217", Rules("- { id: r, phase: mail, then: [ { allow: some } ] }") },
        { "PM218", Rules("- { id: r, phase: mail, then: [ { ban: b } ] }") },
        { "PM219", "policy: p\n" + Counter + "rules:\n  - { id: r, phase: eoh, then: [ { count: c } ] }\n" },
        { "PM220", Rules("- { id: r, phase: mail, then: [ { tempfail: '5.7.1 no' } ] }") },
        { "PM220", Rules("- { id: r, phase: mail, then: [ { reject: '451 no' } ] }") },
        { "PM221", Rules("- { id: r, phase: mail, then: [ { reject: '550 4.7.1 no' } ] }") },
        { "PM222", Rules($"- {{ id: r, phase: mail, then: [ {{ reject: '{new string('x', 990)}' }} ] }}") },
        { "PM223", "policy: p\nwhen: \"subject = 'x'\"\nrules:\n  - { id: r, phase: mail, then: [ reject ] }\n" },
        { "PM224", Rules("- { id: r, phase: rcpt, on_error: accept, then: [ reject ] }") },
        { "PM226", Rules("- { id: r, phase: mail, then: [ { delay: 20s } ] }") },
        { "PM227", "policy: p\nbans:\n  b: { key: [rcpt_to], for: 1h }\nrules:\n  - { id: r, phase: mail, then: [ { ban: b } ] }\n" },
        { "PM228", Rules("- { id: a, phase: mail, when: is_bounce, then: [ { set: { v: '1' } } ] }", "- { id: b, phase: mail, then: [ { set: { v: 'mail_from' } } ] }") },
        { "PM229", Rules("- { id: r, phase: mail, then: [ { add_header: 'X Y: z' } ] }") },
        { "PM250", Rules("- { id: r, phase: connect, then: [ { reject: '5.7.1 no' } ] }") },
        { "PM251", Rules("- { id: r, phase: mail, when: authenticated, then: [ tempfail ] }") },
        { "PM252", "policy: p\ncounters:\n  c: { phase: eoh, count: messages, key: [client_ip], window: 60s, refused: count }\nrules:\n  - { id: r, phase: eoh, limit: { counter: c, max: 1 }, then: [ tempfail ] }\n" },
        { "PM253", Rules("- { id: a, phase: mail, when: is_bounce, then: [ { allow: all } ] }", "- { id: b, phase: mail, then: [ reject ] }") },
        { "PM254", Rules("- { id: a, phase: mail, then: [ reject ] }", "- { id: b, phase: mail, when: is_bounce, then: [ reject ] }") },
        { "PM255", Rules("- { id: a, phase: mail, when: 'false', then: [ reject ] }") },
        { "PM256", Rules("- { id: a, phase: mail, when: is_bounce, then: [ reject ] }", "- { id: b, phase: mail, when: is_bounce, then: [ tempfail ] }") },
        { "PM257", "policy: p\n" + Counter + "rules: []\n" },
        { "PM257", "policy: p\nlists:\n  l: { type: text, items: ['a'] }\nrules: []\n" },
        { "PM258", Rules("- { id: r, phase: mail, until: '2025-01-01T00:00:00Z', then: [ reject ] }") },
        { "PM259", "policy: p\n" + Counter + "rules:\n  - { id: r, phase: eoh, limit: { counter: c, max: 20, hold: { for: 10s, after: empty } }, then: [ tempfail ] }\n" },
        { "PM260", "policy: p\n" + Counter + "rules:\n  - { id: r, phase: eoh, limit: { counter: c, max: 20, hold: 10s }, then: [ { tag: t } ] }\n" },
    };

    [Theory]
    [MemberData(nameof(Single))]
    public void Compile_Mistake_IsReportedWithItsId(string id, string policy)
    {
        var found = Compiled.Diagnose(policy);
        Assert.Contains(id, found.Select(d => d.Id));
        Assert.All(found, d => Assert.Equal(id, d.Id));
    }

    [Fact]
    public void Compile_TwoFilesOfOneName_IsReported() =>
        Assert.Equal("PM200", Assert.Single(Compiled.Diagnose("policy: p\nrules: []\n", "policy: p\nrules: []\n")).Id);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Compile_ImportClash_IsReportedWhateverTheOrder(bool isReversed)
    {
        string[] files = ["policy: a\nlists:\n  l: { type: text, items: ['x'] }\nrules: []\n", "policy: b\nuse: [a]\nlists:\n  l: { type: text, items: ['y'] }\nrules: []\n"];
        Assert.Contains("PM202", Compiled.Diagnose(isReversed ? [files[1], files[0]] : files).Select(d => d.Id));
    }

    [Fact]
    public void Compile_ListOfImportedFile_IsKnownByItsBareName() =>
        Assert.Empty(Compiled.Diagnose(
            "policy: b\nuse: [a]\nrules:\n  - { id: r, phase: mail, when: \"in_list(mail_from, 'l')\", then: [ reject ] }\n",
            "policy: a\nlists:\n  l: { type: text, items: ['x'] }\nrules: []\n"));

    [Fact]
    public void Compile_ShippedPolicy_HasNothingToReport() => Assert.Empty(Compiled.Diagnose(BulkByCountryTests.Text()));

    private static string Rules(params string[] rules) => $"policy: p\nrules:\n  {string.Join("\n  ", rules)}\n";
}
