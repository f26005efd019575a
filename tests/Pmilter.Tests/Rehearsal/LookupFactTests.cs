using System.Globalization;
using System.Text.Json;
using Pmilter.TestKit.Dns;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Rehearsal;

/// <summary>Look-ups in tests, explanations, simulations and replays: given, asked live, or unknown; never guessed.</summary>
public sealed class LookupFactTests : IDisposable
{
    private const string Policy = """
        policy: demo
        rules:
          - { id: listed, phase: mail, when: "dnsbl('zen.example') = '127.0.0.2' and not fcrdns", on_error: tempfail, then: [reject] }
          - { id: watching, phase: rcpt, mode: monitor, when: "not has_mx(rcpt_to_domain)", then: [reject] }
        """;

    private readonly SiteFolder _site = new("log: { decisions: log/decisions.jsonl }\n", ("10-demo.yaml", Policy));

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("{ facts: { \"dnsbl('zen.example')\": '127.0.0.2', fcrdns: false }, expect: { verdict: reject, rule: listed } }", 0)]
    [InlineData("{ facts: { \"dnsbl( 'ZEN.example', client_ip )\": '127.0.0.2', fcrdns: false }, expect: { verdict: reject } }", 0)]
    [InlineData("{ facts: { \"dnsbl('zen.example')\": timeout, fcrdns: false }, expect: { verdict: tempfail } }", 0)]
    [InlineData("{ facts: { \"dnsbl('zen.example')\": timeout, fcrdns: true, has_mx(rcpt_to_domain): true }, expect: { verdict: continue } }", 0)]
    [InlineData("{ facts: { \"dnsbl('zen.example')\": '', \"has_mx('a.example')\": true, \"has_mx('b.example')\": false }, rcpt_to: [x@a.example, x@b.example], expect: { would: [watching] } }", 0)]
    [InlineData("{ client_ip: 10.0.0.1, facts: { has_mx(rcpt_to_domain): true }, expect: { verdict: continue } }", 0)]
    [InlineData("{ expect: { verdict: tempfail } }", 1)]
    [InlineData("{ facts: { \"dnsbl('zen.example')\": '' }, expect: { verdict: continue } }", 1)]
    public async Task Test_TakesTheAnswersThatItGives_AndMissesNone(string send, int exitCode)
    {
        Directory.CreateDirectory(Path.Combine(_site.Root, "policies", "tests"));
        await File.WriteAllTextAsync(Path.Combine(_site.Root, "policies", "tests", "10-demo.yaml"), $"message: {{ client_ip: 203.0.113.9 }}\ntests:\n  - name: a\n    send:\n      - {send}\n");

        var run = await RunAsync("test");

        Assert.True(run.ExitCode == exitCode, run.Output + run.Error);
        Assert.Equal(exitCode == 1, run.Output.Contains("facts: expected an answer of ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Explain_ShowsAnUnknownLookupAsUnknown_AndTakesFacts()
    {
        var unknown = await RunAsync("explain", "--client", "203.0.113.9");
        Assert.Contains("unknown  dnsbl('zen.example'): nobody was asked, and the rule's on_error decided", unknown.Output, StringComparison.Ordinal);
        Assert.Contains("reply    451 ", unknown.Output, StringComparison.Ordinal);

        var given = await RunAsync("explain", "--client", "203.0.113.9", "--fact", "dnsbl('zen.example')=127.0.0.2", "--fact", "fcrdns=false");
        Assert.Equal(1, given.ExitCode);
        Assert.Contains("yes: dnsbl('zen.example') is 127.0.0.2; fcrdns is false\n", given.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("unknown", given.Output, StringComparison.Ordinal);

        Assert.Equal(2, (await RunAsync("explain", "--fact", "fcrdns=maybe")).ExitCode);
    }

    [Fact]
    public async Task LiveDns_AsksTheResolversOfTheConfiguration()
    {
        await using var server = DnsServer.Start().Add("9.113.0.203.zen.example", DnsRecord.Address("127.0.0.2")).Add("example.net", DnsRecord.Exchange(10, "mx.example.net"));
        await File.AppendAllTextAsync(_site.Configuration, $"dns: {{ servers: ['{server.EndPoint}'], timeout: 7s }}\n");

        var run = await RunAsync("explain", "--client", "203.0.113.9", "--live-dns");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("dnsbl('zen.example') is 127.0.0.2; fcrdns is false", run.Output, StringComparison.Ordinal);
        Assert.Contains("A udp 9.113.0.203.zen.example", server.Asked);

        var simulated = await RunAsync("simulate", "--client", "203.0.113.9", "--repeat", "20", "--live-dns", "--format", "json");
        Assert.Equal(1, JsonDocument.Parse(simulated.Output).RootElement.GetProperty("first_refused").GetInt32());
        Assert.InRange(server.CountOf("A udp 9.113.0.203.zen.example"), 2, 4);
    }

    [Theory]
    [InlineData("\"dnsbl('zen.example')\":\"127.0.0.2\",\"fcrdns\":false", "reject", "listed", 0)]
    [InlineData("\"dnsbl('zen.example')\":null,\"fcrdns\":false", "tempfail", "listed", 0)]
    [InlineData("\"dnsbl('zen.example')\":\"\"", "continue", "", 0)]
    [InlineData("\"dnsbl('zen.example')\":\"127.0.0.2\",\"fcrdns\":false", "continue", "", 1)]
    public async Task Replay_DecidesByTheRecordedLookups(string values, string verdict, string rule, int differences)
    {
        var json = await ReplayAsync(Line(values, verdict, rule));

        Assert.Equal((differences, 0), (json.GetProperty("differences").GetInt32(), json.GetProperty("undecidable").GetInt32()));
    }

    [Fact]
    public async Task Replay_OfALookupThatWasNotRecorded_IsUndecidable()
    {
        var json = await ReplayAsync(Line("\"dnsbl('zen.example')\":\"127.0.0.2\"", "continue", string.Empty));

        Assert.Equal((0, 1), (json.GetProperty("differences").GetInt32(), json.GetProperty("undecidable").GetInt32()));
        Assert.Contains("fcrdns", json.ToString(), StringComparison.Ordinal);
    }

    private async Task<JsonElement> ReplayAsync(string line)
    {
        Directory.CreateDirectory(Path.Combine(_site.Root, "log"));
        await File.WriteAllTextAsync(Path.Combine(_site.Root, "log", "decisions20261128.jsonl"), line + "\n");
        return JsonDocument.Parse((await RunAsync("replay", "--format", "json")).Output).RootElement;
    }

    private static string Line(string values, string verdict, string rule) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{ "time":"2026-11-28T00:00:00.000000Z","id":"","session":"s","revision":"1","client":{"ip":"203.0.113.9","country":"RU","asn":0,"name":""},"helo":"","mail_from":"a@x.example","rcpt":["bob@example.jp"],"sasl_login":"","queue_id":"Q","phase":"{{(rule.Length > 0 ? "mail" : "eom")}}","verdict":"{{verdict}}","policy":"{{(rule.Length > 0 ? "demo" : string.Empty)}}","rule":"{{rule}}","mode":"enforce","reply":"","would":[],"counters":{},"took_us":1,"values":{ {{values}} } }""");

    private Task<CommandRun> RunAsync(string verb, params string[] arguments) => CommandRun.OfAsync([verb, "-c", _site.Configuration, .. arguments]);
}
