using System.Text.Json;
using Pmilter.TestKit.Dns;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Rehearsal;

/// <summary>Results of SPF, DKIM and DMARC in tests, explanations and replays: our own check asks the DNS, trusted fields do not.</summary>
public sealed class AuthFactTests : IDisposable
{
    private const string Policy = """
        policy: demo
        rules:
          - { id: failed, phase: eom, when: "auth_result('dmarc') = 'fail' and not dkim_aligned(header_from_domain)", on_error: tempfail, then: [reject] }
        """;

    private readonly List<SiteFolder> _sites = [];

    public void Dispose() => _sites.ForEach(site => site.Dispose());

    [Theory]
    [InlineData("check: true", "{ facts: { \"auth_result('DMARC')\": fail, dkim_aligned(header_from_domain): false }, expect: { verdict: reject } }", 0)]
    [InlineData("check: true", "{ facts: { \"auth_result('dmarc')\": fail, \"dkim_aligned('x.example')\": true }, expect: { verdict: continue } }", 0)]
    [InlineData("check: true", "{ facts: { \"auth_result('dmarc')\": fail, dkim_aligned(header_from_domain): timeout }, expect: { verdict: tempfail } }", 0)]
    [InlineData("check: true", "{ client_ip: 10.1.2.3, expect: { verdict: continue } }", 0)]
    [InlineData("check: true", "{ expect: { verdict: tempfail } }", 1)]
    [InlineData("check: true", "{ facts: { \"auth_result('dmarc')\": failed }, expect: { verdict: continue } }", 2)]
    [InlineData("trusted: [mx.example.jp]", "{ facts: { \"auth_result('dmarc')\": fail }, expect: { verdict: reject } }", 0)]
    [InlineData("trusted: [mx.example.jp]", "{ headers: { From: a@x.example, Authentication-Results: 'mx.example.jp; dmarc=fail; dkim=pass header.d=x.example' }, expect: { verdict: continue } }", 0)]
    [InlineData("trusted: [mx.example.jp]", "{ headers: { From: a@x.example, Authentication-Results: 'mx.example.jp; dmarc=fail' }, expect: { verdict: reject } }", 0)]
    [InlineData("trusted: [mx.example.jp]", "{ expect: { verdict: continue } }", 0)]
    public async Task Test_TakesTheResultsThatItGives(string auth, string send, int exitCode)
    {
        var site = Site(auth);
        Directory.CreateDirectory(Path.Combine(site.Root, "policies", "tests"));
        await File.WriteAllTextAsync(Path.Combine(site.Root, "policies", "tests", "10-demo.yaml"), $"message: {{ client_ip: 203.0.113.9, headers: {{ From: a@x.example }} }}\ntests:\n  - name: a\n    send:\n      - {send}\n");

        var run = await RunAsync(site, "test");

        Assert.True(run.ExitCode == exitCode, run.Output + run.Error);
    }

    [Fact]
    public async Task Explain_ThatMayAsk_ChecksTheMessage()
    {
        await using var server = DnsServer.Start().Add("_dmarc.x.example", DnsRecord.Text("v=DMARC1; p=reject")).Add("x.example", DnsRecord.Text("v=spf1 -all"));
        var site = Site("check: true", $"dns: {{ servers: ['{server.EndPoint}'], timeout: 7s }}\n");

        var run = await RunAsync(site, "explain", "--client", "203.0.113.9", "--from", "a@x.example", "--header", "From: a@x.example", "--live-dns");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("auth_result('dmarc') is fail; dkim_aligned(header_from_domain) is false", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check: true", "\"auth_result('dmarc')\":\"fail\",\"dkim_aligned(header_from_domain)\":false,\"header_from_domain\":\"x.example\"", 1, 0)]
    [InlineData("trusted: [mx.example.jp]", "\"auth_result('dmarc')\":\"fail\",\"dkim_aligned(header_from_domain)\":false,\"header_from_domain\":\"x.example\"", 1, 0)]
    [InlineData("trusted: [mx.example.jp]", "\"auth_result('dmarc')\":\"pass\"", 0, 0)]
    [InlineData("trusted: [mx.example.jp]", "\"header_from_domain\":\"x.example\"", 0, 1)]
    [InlineData("check: true", "\"header_from_domain\":\"x.example\"", 0, 1)]
    public async Task Replay_DecidesByTheRecordedResults(string auth, string values, int differences, int undecidable)
    {
        var site = Site(auth);
        Directory.CreateDirectory(Path.Combine(site.Root, "log"));
        await File.WriteAllTextAsync(
            Path.Combine(site.Root, "log", "decisions20261128.jsonl"),
            $$"""{ "time":"2026-11-28T00:00:00.000000Z","id":"","session":"s","revision":"1","client":{"ip":"203.0.113.9","country":"RU","asn":0,"name":""},"helo":"","mail_from":"a@x.example","rcpt":["bob@example.jp"],"sasl_login":"","queue_id":"Q","phase":"eom","verdict":"continue","policy":"","rule":"","mode":"enforce","reply":"","would":[],"counters":{},"took_us":1,"values":{ {{values}} } }""" + "\n");

        var json = JsonDocument.Parse((await RunAsync(site, "replay", "--format", "json")).Output).RootElement;

        Assert.Equal((differences, undecidable), (json.GetProperty("differences").GetInt32(), json.GetProperty("undecidable").GetInt32()));
    }

    private SiteFolder Site(string auth, string more = "")
    {
        var site = new SiteFolder($"auth: {{ {auth} }}\nlog: {{ decisions: log/decisions.jsonl }}\n{more}", ("10-demo.yaml", Policy));
        _sites.Add(site);
        return site;
    }

    private static Task<CommandRun> RunAsync(SiteFolder site, string verb, params string[] arguments) => CommandRun.OfAsync([verb, "-c", site.Configuration, .. arguments]);
}
