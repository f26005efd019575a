using System.Text.Json;
using Pmilter.Tests.Architecture;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Rehearsal;

/// <summary><c>pmilter explain</c> and <c>simulate</c> from the outside.</summary>
public sealed class ExplainTests : IDisposable
{
    private const string Policy = """
        policy: demo
        lists:
          watched: { type: country, items: ['RU'] }
          nets: { type: cidr, items: ['198.51.100.0/24'] }
          domains: { type: domain, items: ['.spam.example'] }
        patterns: { bait: '(lottery|invoice)' }
        when: "in_list(client_country, 'watched')"
        counters:
          all: { phase: eoh, count: messages, key: [mail_from], window: 10s }
        rules:
          - { id: partner, phase: mail, when: "in_list(client_ip, 'nets')", then: [accept] }
          - { id: forged, phase: mail, when: "in_list(mail_from_domain, 'domains') and not authenticated", then: [{ reject: '5.7.1 No' }] }
          - { id: baited, phase: eoh, mode: monitor, when: "matches(subject, 'bait') or size_hint > 10", then: [reject] }
          - { id: limited, phase: eoh, limit: { counter: all, max: 3, hold: 1m }, then: [tempfail] }
          - { id: late, phase: eoh, then: [{ tag: seen }] }
          - { id: stamp, phase: eom, then: [{ add_header: { name: X-Seen, value: 'by {rule}' } }] }
        macros: { size_hint: "length(subject)" }
        """;

    private readonly SiteFolder _site = new("log: { decisions: log/decisions.jsonl }\n", ("10-demo.yaml", Policy));

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Explain_OfFlags_SaysWhatMatchedAndWhy()
    {
        var run = await RunAsync("explain", "--client", "203.0.113.9", "--country", "RU", "--from", "a@mail.spam.example", "--to", "b@example.jp");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("203.0.113.9 RU   <a@mail.spam.example> -> <b@example.jp>", run.Output, StringComparison.Ordinal);
        Assert.Contains("mail     REJECT         forged", run.Output, StringComparison.Ordinal);
        Assert.Contains("= file when                              yes: RU is in watched\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("= when                                   yes: mail.spam.example is in domains (.spam.example); authenticated is false\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("reply    550 5.7.1 No\n", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("partner", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_Verbose_SaysWhyOthersDidNotAndWhatMonitorRulesWould()
    {
        var run = await RunAsync("explain", "-v", "--country", "RU", "--header", "Subject: an invoice");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("= when: 192.0.2.1 is not in nets\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("eoh      would reject   baited", run.Output, StringComparison.Ordinal);
        Assert.Contains("yes: an invoice matches bait\n", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"= limit all\[sender@example\.org\]: 1 is not above 3 in 10s   first \d\d:\d\d:\d\d\n", run.Output);
        Assert.Contains("matched        late", run.Output, StringComparison.Ordinal);
        Assert.Contains("change   add header X-Seen: by stamp\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("time     ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_OfNoMatchAndOfAFile_AndAsJson()
    {
        var eml = Path.Combine(_site.Root, "m.eml");
        await File.WriteAllTextAsync(eml, "From: c@example.org\nSubject: lottery\n\ntext\n");

        Assert.Contains("no rule matched; -v shows why\n", (await RunAsync("explain", "--country", "JP")).Output, StringComparison.Ordinal);
        var json = JsonDocument.Parse((await RunAsync("explain", "--country", "RU", "--eml", eml, "--format", "json")).Output).RootElement;
        Assert.Equal("continue", json.GetProperty("verdict").GetString());
        var baited = json.GetProperty("events").EnumerateArray().SelectMany(e => e.GetProperty("rules").EnumerateArray()).Single(rule => rule.GetProperty("rule").GetString() == "baited");
        Assert.Equal(("fired", "reject", "monitor"), (baited.GetProperty("state").GetString(), baited.GetProperty("verdict").GetString(), baited.GetProperty("mode").GetString()));
    }

    [Theory]
    [InlineData("--set nonsense", "expected FIELD=VALUE")]
    [InlineData("--set client_port=many", "expected a whole number")]
    [InlineData("--header nonsense", "expected 'Name: value'")]
    [InlineData("--decision 1-1", "There is no decision log at")]
    [InlineData("--test nothing", "No test is called 'nothing'")]
    public async Task Explain_OfNonsense_SaysWhatWasExpected(string arguments, string message)
    {
        var run = await RunAsync(["explain", .. arguments.Split(' ')]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_OfATest_PlaysItsScript()
    {
        var tests = Directory.CreateDirectory(Path.Combine(_site.Root, "policies", "tests"));
        await File.WriteAllTextAsync(Path.Combine(tests.FullName, "t.yaml"), "message: { client_country: RU }\ntests:\n  - name: the fourth\n    send:\n      - { repeat: 5, expect: { phase: eoh } }\n");

        Assert.Contains("= limit all[sender@example.org]          4 > 3 in 10s   first 00:00:00\n", (await RunAsync("explain", "--test", "fourth", "--message", "4")).Output, StringComparison.Ordinal);
        Assert.Contains("held until 00:01:00\n", (await RunAsync("explain", "--test", "fourth")).Output, StringComparison.Ordinal);
        Assert.Contains("sends 5 messages", (await RunAsync("explain", "--test", "fourth", "--message", "9")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_OfADecision_CountsAsTheLogSaysItDid()
    {
        Directory.CreateDirectory(Path.Combine(_site.Root, "log"));
        const string Line = """{"time":"2026-11-28T04:30:17.641060Z","id":"1-18","session":"0001","revision":"00000000","client":{"ip":"5.3.1.1","country":"RU","asn":0,"name":""},"helo":"","mail_from":"a@x.example","rcpt":["bob@example.jp"],"sasl_login":"","queue_id":"Q1","phase":"eoh","verdict":"tempfail","policy":"demo","rule":"limited","mode":"enforce","reply":"451 x","would":[],"counters":{"demo/all":{"key":["a@x.example"],"value":4,"max":3}},"took_us":381,"values":{"client_country":"RU","subject":"hello"}}""";
        await File.WriteAllTextAsync(Path.Combine(_site.Root, "log", "decisions20261128.jsonl"), $"no json\n{Line}\n");

        var run = await RunAsync("explain", "--decision", "1-18");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("5.3.1.1 RU   <a@x.example> -> <bob@example.jp>   2026-11-28 04:30:17", run.Output, StringComparison.Ordinal);
        Assert.Contains("eoh      TEMPFAIL       limited", run.Output, StringComparison.Ordinal);
        Assert.Contains("4 > 3 in 10s\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("not reached: late", run.Output, StringComparison.Ordinal);
        Assert.Contains("was made under revision 00000000", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("explain", "--decision", "9-9")).ExitCode);
    }

    [Fact]
    public async Task Simulate_SaysWhichMessageIsTheFirstRefused()
    {
        var run = await RunAsync("simulate", "--country", "RU", "--repeat", "10", "--every", "1s", "--header", "Subject: lottery {n}");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("1-3       continue  -        would reject by baited\n4-10      tempfail  limited  would reject by baited\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("\nMessage 4 is the first that is refused:\n\n192.0.2.1 RU", run.Output, StringComparison.Ordinal);
        var json = JsonDocument.Parse((await RunAsync("simulate", "--country", "RU", "--repeat", "3", "--format", "json")).Output).RootElement;
        Assert.Equal(JsonValueKind.Null, json.GetProperty("first_refused").ValueKind);
        Assert.Contains("nothing is saved at", (await RunAsync("simulate", "--live")).Error, StringComparison.Ordinal);
        Assert.Contains("is not valid for '--every'", (await RunAsync("simulate", "--every", "soon")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_OfTheShippedPolicies_Works()
    {
        var run = await CommandRun.OfAsync("explain", "-c", Path.Combine(SourceTree.Root, "pmilter.yaml"), "--client", "203.0.113.9", "--country", "RU", "-v");

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
        Assert.Contains("bulk_same_from", run.Output, StringComparison.Ordinal);
    }

    private Task<CommandRun> RunAsync(params string[] arguments) => CommandRun.OfAsync([arguments[0], "-c", _site.Configuration, .. arguments[1..]]);
}
