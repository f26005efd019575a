using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Server;
using Pmilter.Tests.Architecture;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Server;

namespace Pmilter.Tests.Monitoring;

/// <summary><c>/metrics</c>, <c>/healthz</c> and <c>/readyz</c> of a running server, over real HTTP.</summary>
public sealed partial class MonitorTests : IDisposable
{
    private const string Policy = """
        policy: p
        counters:
          mails: { phase: mail, count: messages, key: [mail_from], window: 1h }
        rules:
          - { id: good, phase: mail, when: "mail_from_domain = 'b.example'", unless: "mail_from = 'friend@b.example'", mode: monitor, then: [ reject ] }
          - { id: often, phase: mail, limit: { counter: mails, max: 5 }, then: [ tempfail: '4.7.1 often' ] }
          - { id: spam, phase: mail, when: "mail_from = 'spam@b.example'", then: [ reject: '5.7.1 spam' ] }

        """;

    private readonly SiteFolder _site = new(string.Empty, ("p.yaml", Policy));
    private readonly HttpClient _http = new();

    private string Token => Path.Combine(_site.Root, "token");

    public void Dispose()
    {
        _http.Dispose();
        _site.Dispose();
    }

    [Fact]
    public async Task Metrics_AfterKnownMail_TellWhatCameOfIt()
    {
        await using var rig = await StartAsync();
        for (var i = 0; i < 6; i++)
        {
            await SendAsync(rig, "often@b.example");
        }

        await SendAsync(rig, "spam@b.example");
        await SendAsync(rig, "friend@b.example");
        var series = await MetricsAsync(rig);

        Assert.Equal(7, series["pmilter_rule_hits_total{policy=\"p\",rule=\"good\",mode=\"monitor\",verdict=\"reject\"}"]);
        Assert.Equal(1, series["pmilter_rule_hits_total{policy=\"p\",rule=\"often\",mode=\"enforce\",verdict=\"tempfail\"}"]);
        Assert.Equal(1, series["pmilter_rule_hits_total{policy=\"p\",rule=\"spam\",mode=\"enforce\",verdict=\"reject\"}"]);
        Assert.Equal(1, series["pmilter_rule_unless_total{policy=\"p\",rule=\"good\",mode=\"monitor\"}"]);
        Assert.Equal(1, series["pmilter_rule_near_limit_total{policy=\"p\",rule=\"often\",mode=\"enforce\"}"]);
        Assert.Equal(0, series["pmilter_rule_errors_total{policy=\"p\",rule=\"often\",mode=\"enforce\"}"]);
        Assert.Equal(6, series["pmilter_messages_total{verdict=\"continue\"}"]);
        Assert.Equal(1, series["pmilter_messages_total{verdict=\"tempfail\"}"]);
        Assert.Equal(1, series["pmilter_messages_total{verdict=\"reject\"}"]);
        Assert.Equal(8, series["pmilter_phase_seconds_count{phase=\"mail\"}"]);
        Assert.Equal(3, series["pmilter_counter_keys{policy=\"p\",counter=\"mails\"}"]);
        Assert.Equal(8, series.Single(one => one.Key.StartsWith("pmilter_connections_accepted_total{", StringComparison.Ordinal)).Value);
        Assert.Equal(1, series[$"pmilter_policy_info{{revision=\"{rig.Policies.Current.Revision}\"}}"]);
        Assert.Equal(0, series["pmilter_policy_stale"]);
        Assert.Equal(0, series["pmilter_state_degraded"]);
        Assert.True(series["process_working_set_bytes"] > 0);
    }

    [Fact]
    public async Task Reload_OfTheSameRules_KeepsCountsAndSeries_AndThoseOfAnotherRuleVanish()
    {
        await using var rig = await StartAsync();
        await SendAsync(rig, "spam@b.example");
        await MetricsAsync(rig);
        var before = (await MetricsAsync(rig)).Count;
        for (var i = 0; i < 100; i++)
        {
            await WriteAsync($"{Policy}# {i}\n");
            Assert.True(rig.Reloader.Reload().IsGood);
        }

        var after = await MetricsAsync(rig);
        Assert.Equal(before, after.Count);
        Assert.Equal(1, after["pmilter_rule_hits_total{policy=\"p\",rule=\"spam\",mode=\"enforce\",verdict=\"reject\"}"]);

        await WriteAsync(Policy.Replace("id: spam", "id: other", StringComparison.Ordinal));
        Assert.True(rig.Reloader.Reload().IsGood);
        Assert.DoesNotContain((await MetricsAsync(rig)).Keys, key => key.Contains("rule=\"spam\"", StringComparison.Ordinal));
        await WriteAsync("rules: 1");
        Assert.False(rig.Reloader.Reload().IsGood);
        Assert.Equal(1, (await MetricsAsync(rig))["pmilter_policy_stale"]);
    }

    /// <summary>The dashboard and the table name what there is; what there is stands in the table.</summary>
    [Fact]
    public async Task DashboardAndTable_NameWhatTheServerHas()
    {
        await using var rig = await StartAsync();
        var (_, text) = await GetAsync(rig, "/metrics");
        var all = Declared().Matches(text).Select(match => match.Groups[1].Value).Where(name => name.StartsWith("pmilter_", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        var page = await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "docs", "monitoring.md"));
        var dashboard = await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "docs", "monitoring", "grafana.json"));

        Assert.Equal(all.Order(StringComparer.Ordinal), Row().Matches(page).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));
        Assert.Equal("Pmilter", System.Text.Json.JsonDocument.Parse(dashboard).RootElement.GetProperty("title").GetString());
        var named = Named().Matches(dashboard + page).Select(match => match.Value).ToArray();
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Contains(Suffix().Replace(name, string.Empty) is var bare && all.Contains(name) ? name : bare, all));
    }

    [Fact]
    public async Task Token_IsAskedForAndCompared()
    {
        await File.WriteAllTextAsync(Token, "0123456789abcdef\n");
        await using var rig = await StartAsync(Token);

        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(rig, "/healthz")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(rig, "/metrics", "0123456789abcdee")).Status);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(rig, "/metrics", "0123456789abcdef")).Status);
    }

    [Fact]
    public async Task Token_ThatIsTooShort_StopsTheStart()
    {
        await File.WriteAllTextAsync(Token, "short\n");

        var error = await Assert.ThrowsAsync<ServerStartException>(() => StartAsync(Token));

        Assert.Contains("has 5 characters, expected at least 16", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tcp_ServesNothingElse()
    {
        await using var rig = await StartAsync();

        Assert.Equal((HttpStatusCode.OK, "ok\n"), await GetAsync(rig, "/healthz"));
        Assert.Equal((HttpStatusCode.OK, "ready\n"), await GetAsync(rig, "/readyz"));
        foreach (var path in new[] { "/", "/status", "/counters", "/bans", "/reload" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(rig, path)).Status);
        }
    }

    [Fact]
    public async Task Readyz_WhileSessionsMayEnd_Says503AndWhy_AndHealthzGoesOn()
    {
        await using var rig = await StartAsync();
        await using var client = await rig.DialAsync();
        await new MessageSender(client).BeginAsync(Client, "client.example", CancellationToken.None);
        var address = await AddressAsync(rig);
        rig.Stop();
        await rig.SaysAsync("sessions may end within");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "stopping: sessions may end, and none begins\n"), await GetAsync(address, "/readyz"));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(address, "/healthz")).Status);
    }

    private static ClientFacts Client { get; } = new("[203.0.113.9]", ClientFamily.Inet, "203.0.113.9", 4321);

    private Task WriteAsync(string policy) => File.WriteAllTextAsync(Path.Combine(_site.Root, "policies", "p.yaml"), policy);

    private Task<ServerRig> StartAsync(string token = "") => ServerRig.StartAsync(
        ServerRig.Options("inet:127.0.0.1:0") with { Policies = Path.Combine(_site.Root, "policies"), AdminListen = new IPEndPoint(IPAddress.Loopback, 0), AdminTokenFile = token },
        hasPolicies: true);

    private static async Task<Uri> AddressAsync(ServerRig rig)
    {
        await rig.SaysAsync("Metrics and health at ");
        return new Uri(rig.Log.Lines.Select(line => Told().Match(line)).First(match => match.Success).Groups[1].Value);
    }

    private async Task<(HttpStatusCode Status, string Text)> GetAsync(ServerRig rig, string path, string token = "") => await GetAsync(await AddressAsync(rig), path, token);

    private async Task<(HttpStatusCode Status, string Text)> GetAsync(Uri address, string path, string token = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, path));
        request.Headers.Authorization = token.Length > 0 ? new AuthenticationHeaderValue("Bearer", token) : null;
        using var response = await _http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Every line must be one of the format's, and no series may be there twice.</summary>
    private async Task<Dictionary<string, double>> MetricsAsync(ServerRig rig)
    {
        var (status, text) = await GetAsync(rig, "/metrics");
        Assert.Equal(HttpStatusCode.OK, status);
        var series = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !Comment().IsMatch(line)))
        {
            var match = Sample().Match(line);
            Assert.True(match.Success, line);
            Assert.True(series.TryAdd(match.Groups[1].Value, double.Parse(match.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture)), line);
        }

        return series;
    }

    private static async Task SendAsync(ServerRig rig, string sender)
    {
        await using var client = await rig.DialAsync();
        var message = new MessageSender(client);
        await message.BeginAsync(Client, "client.example", CancellationToken.None);
        await message.SendAsync(new OutgoingMessage { Sender = new EnvelopeAddress($"<{sender}>"), Recipients = [new EnvelopeAddress("<c@d.example>")] }, CancellationToken.None);
    }

    [GeneratedRegex(@"(?m)^# TYPE (\S+) ")]
    private static partial Regex Declared();

    [GeneratedRegex(@"(?m)^\| `(pmilter_\w+)` \| (?:counter|gauge|histogram) \|")]
    private static partial Regex Row();

    [GeneratedRegex(@"\bpmilter_\w+")]
    private static partial Regex Named();

    [GeneratedRegex("_(bucket|count|sum)$")]
    private static partial Regex Suffix();

    [GeneratedRegex("^# (HELP|TYPE) [a-z_]+ .+$")]
    private static partial Regex Comment();

    [GeneratedRegex("""^([a-zA-Z_:][a-zA-Z0-9_:]*(?:\{(?:[a-z_]+="(?:[^"\\]|\\.)*",?)+\})?) ([-+]?[0-9.eE+-]+|NaN|[+-]Inf)$""")]
    private static partial Regex Sample();

    [GeneratedRegex(@"Metrics and health at (http://\S+)")]
    private static partial Regex Told();
}
