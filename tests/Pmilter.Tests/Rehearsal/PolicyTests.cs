using System.Xml.Linq;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Rehearsal;

/// <summary><c>pmilter test</c> from the outside: tests pass, fail with reasons, and are refused when they could not fail.</summary>
public sealed class PolicyTests : IDisposable
{
    private const string Policy = """
        policy: bulk
        lists:
          partners: { type: cidr, items: ['198.51.100.0/24'] }
        bans:
          senders: { key: [mail_from], for: 1h }
        counters:
          same_from: { phase: eoh, count: messages, key: [header_from], window: 10s }
          hops: { phase: rcpt, count: recipients, key: [client_ip], window: 1m }
        rules:
          - id: partner
            phase: mail
            when: "in_list(client_ip, 'partners')"
            then: [allow]
          - id: bad_recipient
            phase: rcpt
            when: "starts_with(rcpt_to, 'no')"
            then:
              - reject: '5.1.1 Nobody here'
          - id: many_recipients
            phase: rcpt
            limit: { counter: hops, max: 100 }
            then:
              - ban: senders
              - tempfail
          - id: too_many
            phase: eoh
            unless: "in_list(client_ip, 'partners')"
            limit: { counter: same_from, max: 2, hold: 10s }
            then:
              - tempfail: '4.7.1 Wait {retry_after}'
          - id: watch
            mode: monitor
            phase: eoh
            when: "contains(subject, 'watch')"
            then:
              - reject
          - id: marked
            phase: eom
            when: "contains(subject, 'mark')"
            then:
              - add_header: { name: X-Mark, value: 'seen {rcpt_count}' }
              - add_recipient: copy@example.jp
        """;

    private readonly SiteFolder _site = new(string.Empty, ("10-bulk.yaml", Policy));

    public PolicyTests() => Directory.CreateDirectory(Path.Combine(_site.Root, "policies", "tests"));

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Test_EveryKindOfExpectation_IsMet()
    {
        var run = await TestAsync("""
            message: { client_ip: 203.0.113.9, mail_from: a@x.example, rcpt_to: [bob@example.jp], headers: { From: a@x.example, Subject: hello } }
            tests:
              - name: limit, hold and what follows
                policy: bulk
                send:
                  - { repeat: 2, every: 11s, expect: { verdict: continue, rule: '', counters: { same_from: 1 }, phase: eom } }
              - name: the third is refused, held and let go
                send:
                  - { repeat: 2, every: 1s }
                  - { expect: { verdict: tempfail, rule: bulk/too_many, phase: eoh, reply: 'Wait 10', counters: { same_from: 3 } } }
                  - { after: 9s, expect: { verdict: tempfail, rule: too_many } }
                  - { after: 2s, expect: { verdict: continue } }
              - name: partners pass, listed or replaced
                send:
                  - { client_ip: 198.51.100.7, repeat: 9, expect: { verdict: allow } }
              - name: each recipient for itself
                send:
                  - rcpt_to: [bob@example.jp, nobody@example.jp]
                    expect:
                      verdict: continue
                      recipients: { bob@example.jp: continue, nobody@example.jp: { verdict: reject, rule: bad_recipient, reply: 'Nobody' } }
                  - { rcpt_to: [nobody@example.jp], expect: { verdict: reject, rule: bad_recipient, phase: rcpt } }
              - name: many recipients ban the sender
                send:
                  - { rcpt_to: ['u{1..101}@example.jp'], expect: { recipients: { u101@example.jp: tempfail, u100@example.jp: continue }, bans: { senders: [a@x.example] }, counters: { hops: 101 } } }
              - name: monitor rules would
                send:
                  - { headers: { Subject: watch this }, expect: { verdict: continue, would: [watch] } }
                  - { expect: { would: [] } }
              - name: changes arrive
                send:
                  - { headers: { Subject: mark it }, expect: { verdict: continue, rule: marked, headers: { X-Mark: 'seen 1', Subject: mark it, X-None: '' }, recipients: [bob@example.jp, copy@example.jp], sender: a@x.example } }
              - name: a message given up is not counted
                send:
                  - { repeat: 5, abort: rset }
                  - { repeat: 2, expect: { verdict: continue } }
              - name: numbered and on one connection
                same_connection: true
                send:
                  - { repeat: 6, mail_from: 'u{n}@x.example', headers: { From: 'u{n}@x.example' }, expect: { verdict: continue, counters: { same_from: 1 } } }
            """);

        Assert.Equal(string.Empty, run.Error);
        Assert.True(run.ExitCode == 0, run.Output);
        Assert.StartsWith("9 tests, 9 passed, 0 failed; ", run.Output, StringComparison.Ordinal);
        Assert.Contains("6 of 6 rules fired (100 %).", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_ThatFails_SaysWhichMessageWhenAndWhy()
    {
        var run = await TestAsync("""
            tests:
              - name: hopeful
                send:
                  - { repeat: 3, every: 1s, headers: { From: a@x.example }, expect: { verdict: continue } }
              - name: wrong reason
                send:
                  - { rcpt_to: [nobody@example.jp], expect: { verdict: reject, rule: too_many } }
            """);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("  hopeful\n  message 3 at 2026-01-05 00:00:02.000 (line 4)\n    verdict: expected continue, found tempfail\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("eoh tempfail by too_many, ", run.Output, StringComparison.Ordinal);
        Assert.Contains("= limit same_from[a@x.example]           3 > 2 in 10s", run.Output, StringComparison.Ordinal);
        Assert.Contains("= unless                                 no: 192.0.2.1 is not in partners", run.Output, StringComparison.Ordinal);
        Assert.Contains("    rule: expected too_many, found bad_recipient\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("never fired: ", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ expect: { verdict: maybe } }", "PM173")]
    [InlineData("{ expect: { } }", "PM400")]
    [InlineData("{ repeat: 3 }", "PM400")]
    [InlineData("{ repeat: 0, expect: { verdict: continue } }", "PM174")]
    [InlineData("{ expect: { rule: too_mny } }", "PM402")]
    [InlineData("{ expect: { rule: watch } }", "PM403")]
    [InlineData("{ expect: { would: [too_many] } }", "PM403")]
    [InlineData("{ expect: { counters: { sam_from: 1 } } }", "PM404")]
    [InlineData("{ expect: { bans: { sender: [a] } } }", "PM404")]
    [InlineData("{ facts: { x: 1 }, expect: { verdict: continue } }", "PM410")]
    [InlineData("{ facts: { fcrdns: 1 }, expect: { verdict: continue } }", "PM406")]
    [InlineData("{ facts: { \"dnsbl('zen.example')\": true }, expect: { verdict: continue } }", "PM406")]
    [InlineData("{ same_connection: true, expect: { verdict: continue } }", "PM408")]
    [InlineData("{ expect: { recipients: { a@b.example: continue } } }", "PM409")]
    [InlineData("{ client_contry: RU, expect: { verdict: continue } }", "PM170")]
    [InlineData("{ rcpt_to: ['u{9..1}@x.example'], expect: { verdict: continue } }", "PM173")]
    public async Task Test_ThatCouldNotFailOrNamesNothing_IsRefused(string send, string id)
    {
        var run = await TestAsync($"tests:\n  - name: a\n    send:\n      - {send}\n");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"error {id}: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("No test was run.", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("policy: bulky\n    send:\n      - { expect: { verdict: continue } }", "PM401")]
    [InlineData("lists: { parters: ['::1'] }\n    send:\n      - { expect: { verdict: continue } }", "PM405")]
    public async Task Test_OfWhatIsNotThere_IsRefused(string rest, string id)
    {
        var run = await TestAsync($"tests:\n  - name: a\n    {rest}\n");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"error {id}: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_WithReplacedList_RunsWithIt()
    {
        var run = await TestAsync("""
            lists: { partners: ['203.0.113.0/24'] }
            tests:
              - name: of the file
                send:
                  - { client_ip: 203.0.113.9, expect: { verdict: allow, rule: partner } }
              - name: of the test
                lists: { partners: [] }
                send:
                  - { client_ip: 203.0.113.9, expect: { rule: '' } }
            """);

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task Test_FilterCoverageAndJunit_DoWhatTheySay()
    {
        var junit = Path.Combine(_site.Root, "junit.xml");
        var run = await TestAsync(
            """
            tests:
              - name: good
                send:
                  - { expect: { verdict: continue } }
              - name: bad
                send:
                  - { expect: { verdict: reject } }
            """,
            "--junit",
            junit);
        var xml = XDocument.Load(junit);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(["good", "bad"], xml.Descendants("testcase").Select(test => test.Attribute("name")!.Value));
        Assert.Equal("message 1: verdict expected reject, found continue", xml.Descendants("failure").Single().Attribute("message")!.Value);

        var filtered = await CommandRun.OfAsync("test", "-c", _site.Configuration, "--filter", "good", "--min-coverage", "50");
        Assert.Equal(1, filtered.ExitCode);
        Assert.StartsWith("1 tests, 1 passed", filtered.Output.Split('\n')[^2], StringComparison.Ordinal);
        Assert.Contains("0 % of the rules fired; --min-coverage is 50", filtered.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_OfSomePolicies_CountsTheirRulesAlone()
    {
        await File.WriteAllTextAsync(Path.Combine(_site.Root, "policies", "20-other.yaml"), "policy: other\nrules:\n  - { id: lonely, phase: mail, when: is_bounce, then: [reject] }\n");
        const string Tests = "tests:\n  - name: bounce\n    policy: other\n    send:\n      - { mail_from: '', expect: { verdict: reject, rule: lonely } }\n";

        Assert.Contains("1 of 7 rules fired", (await TestAsync(Tests)).Output, StringComparison.Ordinal);
        Assert.Contains("1 of 1 rules fired (100 %)", (await TestAsync(Tests, "--filter", "bounce")).Output, StringComparison.Ordinal);
        Assert.Equal("2 changes, 2 noticed, 0 not.\n", (await TestAsync(Tests, "--mutate", "--filter", "bounce")).Output);
    }

    [Fact]
    public async Task Mutate_NamesWhatNoTestNoticed()
    {
        var run = await TestAsync(
            """
            message: { headers: { From: a@x.example } }
            tests:
              - name: limit
                send:
                  - { repeat: 2, expect: { verdict: continue } }
                  - { expect: { verdict: tempfail, rule: too_many } }
            """,
            "--mutate");

        Assert.Equal(1, run.ExitCode);
        Assert.DoesNotContain("limit of too_many 2 → 3", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("limit of too_many 2 → 1", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("too_many tempfail → reject", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("too_many off", run.Output, StringComparison.Ordinal);
        Assert.Contains("10-bulk.yaml:28: hold of too_many 10s → 20s\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("unless of too_many left out\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("list partners without 198.51.100.0/24\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("key of same_from header_from → client_ip\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("watch off\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mutate_OfWhatIsOff_NamesItAndTriesNothingOfIt()
    {
        await File.WriteAllTextAsync(Path.Combine(_site.Root, "policies", "20-off.yaml"), """
            policy: sleeping
            counters:
              used: { phase: mail, count: messages, key: [client_ip], window: 1h }
              unused: { phase: mail, count: messages, key: [client_ip], window: 1h }
            rules:
              - { id: awake, phase: mail, when: "counter('used') > 1", then: [ reject ] }
              - { id: asleep, phase: mail, mode: off, limit: { counter: unused, max: 5 }, then: [ reject ] }
            """);

        var run = await TestAsync("tests:\n  - { name: awake, policy: sleeping, send: [ { expect: { verdict: continue } }, { expect: { verdict: reject } } ] }\n", "--mutate", "--filter", "awake");

        Assert.Contains("20-off.yaml:4: counter unused\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("20-off.yaml:7: rule asleep\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("off, not tried: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("window of used 1h → 2h\n", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("of unused", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("asleep reject", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ watch: reject }", "")]
    [InlineData("{ watch: tempfail }", "    would: expected watch tempfail, found watch reject\n")]
    [InlineData("{ watch: rejekt }", "did you mean 'reject'?")]
    [InlineData("{ wach: reject }", "PM40")]
    public async Task Would_WithVerdicts_IsComparedWhole(string would, string expected)
    {
        var run = await TestAsync($"tests:\n  - {{ name: t, send: [ {{ headers: {{ Subject: watch this }}, expect: {{ would: {would} }} }} ] }}\n");

        Assert.True(expected.Length == 0 ? run.ExitCode == 0 : (run.Output + run.Error).Contains(expected, StringComparison.Ordinal), run.Output + run.Error);
    }

    [Fact]
    public async Task Test_GreylistsMemoriesAndRuby_WorkAsInTheServer()
    {
        await File.WriteAllTextAsync(Path.Combine(_site.Root, "policies", "20-more.yaml"), """
            policy: more
            memories:
              wrote_to: { key: [rcpt_to, mail_from], for: 60d }
            greylists:
              unknown: { key: [client_net, mail_from, rcpt_to], delay: 5m }
            rules:
              - { id: note, phase: rcpt, when: authenticated, then: [{ remember: wrote_to }] }
              - id: delay
                phase: rcpt
                unless: "authenticated or remembered('wrote_to', mail_from, rcpt_to)"
                then: [{ greylist: unknown }]
              - id: script
                phase: eoh
                then: [{ ruby: h.rb }]
            """);
        await File.WriteAllTextAsync(Path.Combine(_site.Root, "policies", "h.rb"), "s = Pmilter.session\ns.reject('5.7.1 ' + s.subject.upcase) if s.subject == 'bad'\n");
        var run = await TestAsync("""
            message: { mail_from: a@x.example, rcpt_to: [bob@example.jp], headers: { Subject: bad } }
            tests:
              - name: delayed, then judged by the script
                policy: more
                send:
                  - { expect: { verdict: greylist, rule: delay, phase: rcpt, reply: '300 s' } }
                  - { after: 4m, expect: { verdict: tempfail } }
                  - { after: 1m, expect: { verdict: reject, rule: script, reply: '5.7.1 BAD' } }
                  - { headers: { Subject: good }, expect: { verdict: continue } }
              - name: whom we wrote to
                policy: [more]
                send:
                  - { sasl_login: bob, mail_from: bob@example.jp, rcpt_to: [a@x.example], headers: { Subject: hello }, expect: { verdict: continue, rule: note } }
                  - { headers: { Subject: hello }, expect: { verdict: continue } }
            """);

        Assert.Equal(string.Empty, run.Error);
        Assert.True(run.ExitCode == 0, run.Output);
    }

    private async Task<CommandRun> TestAsync(string tests, params string[] options)
    {
        await File.WriteAllTextAsync(Path.Combine(_site.Root, "policies", "tests", "bulk.yaml"), tests);
        return await CommandRun.OfAsync(["test", "-c", _site.Configuration, .. options]);
    }
}
