using System.Globalization;
using System.Text.Json;
using Pmilter.Server;

namespace Pmilter.Tests.Commands;

/// <summary><c>pmilter find</c> over a decision log.</summary>
public sealed class FindCommandTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private readonly SiteFolder _site = new("geoip: { country: '' }\nlog: { decisions: d.jsonl }\n", ("p.yaml", "policy: p\nrules: []\n"));

    public FindCommandTests() => Write(
        Line(TimeSpan.FromHours(5), "reject", "geo/closed", "203.0.113.9", "a@b.example", ["bob@example.jp"], "", "Q1"),
        Line(TimeSpan.FromHours(1), "tempfail", "bulk/from", "198.51.100.7", "c@d.example", ["Bob@example.jp", "eve@other.example"], "alice", "Q2"),
        Line(TimeSpan.FromMinutes(9), "continue", "", "203.0.113.77", "a@b.example", ["bob@other.example"], "alice", "Q3"),
        Line(TimeSpan.FromMinutes(8), "continue", "", "2001:db8::1", "x@sub.b.example", ["carol@example.jp"], "alice", "Q4", would: "bulk/from"),
        Line(TimeSpan.FromMinutes(7), "quarantine", "bulk/held", "203.0.113.77", "", ["bobby@example.jp"], "", "Q5"));

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("Q1 Q2 Q3 Q4 Q5")]
    [InlineData("Q1 Q2 Q3", "--rcpt", "bob")]
    [InlineData("Q1 Q2", "--rcpt", "bob@example.jp")]
    [InlineData("Q2 Q3", "--rcpt", "@other.example")]
    [InlineData("Q2", "--rcpt", "bob", "--since", "2h", "--refused")]
    [InlineData("Q1 Q2 Q5", "--refused")]
    [InlineData("Q1 Q3", "--from", "@b.example")]
    [InlineData("Q2 Q3 Q4", "--login", "alice")]
    [InlineData("Q1", "--client", "203.0.113.9")]
    [InlineData("Q1 Q3 Q5", "--client", "203.0.113.0/24")]
    [InlineData("Q4", "--client", "2001:db8::/32")]
    [InlineData("Q2 Q4", "--rule", "from")]
    [InlineData("Q1", "--rule", "geo/closed")]
    [InlineData("Q3", "--queue-id", "Q3")]
    [InlineData("Q4 Q5", "--count", "2")]
    [InlineData("", "--rcpt", "nobody")]
    public async Task Find_OfWhatFits(string expected, params string[] arguments)
    {
        var run = await FindAsync([.. arguments, "--format", "json"]);

        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(expected, string.Join(' ', json.RootElement.EnumerateArray().Select(decision => decision.GetProperty("queue_id").GetString())));
        Assert.Equal(expected.Length > 0 ? 0 : 1, run.ExitCode);
    }

    [Fact]
    public async Task QueueIds_AreOfWhatTheMtaHas()
    {
        var run = await FindAsync("--login", "alice", "--queue-ids");

        Assert.Equal((0, "Q3\nQ4\n"), (run.ExitCode, run.Output));
        Assert.Equal("Q5\n", (await FindAsync("--refused", "--queue-ids")).Output);
    }

    [Fact]
    public async Task Table_SaysWhoWhatAndWhy()
    {
        var run = await FindAsync("--rcpt", "bob", "--refused");

        Assert.Matches(@"(?m)^TIME +VERDICT +RULE +CLIENT +FROM +TO +QUEUE ID +REPLY *$", run.Output);
        Assert.Matches(@"(?m)^\S+ \S+Z +reject +geo/closed +203\.0\.113\.9 +<a@b\.example> +bob@example\.jp +Q1 +550 no *$", run.Output);
    }

    [Fact]
    public async Task Addresses_ThatAreHashed_AreFound()
    {
        var personal = PersonalText.Open(Path.Combine(_site.Root, "state", "hash.key"));
        await File.WriteAllTextAsync(_site.Configuration, "geoip: { country: '' }\nlog: { decisions: d.jsonl, hash: true }\n");
        Write(Line(TimeSpan.FromHours(1), "reject", "a/b", "203.0.113.9", personal.Of("mail_from", "a@b.example"), [personal.Of("rcpt_to", "bob@example.jp")], "", "Q7"));

        Assert.Equal(0, (await FindAsync("--rcpt", "bob@example.jp")).ExitCode);
        Assert.Equal(0, (await FindAsync("--rcpt", "bob", "--from", "@b.example")).ExitCode);
        Assert.Equal(1, (await FindAsync("--rcpt", "bobby")).ExitCode);
    }

    [Theory]
    [InlineData("--client: 'mx' is no address and no network", "--client", "mx")]
    [InlineData("--since", "--since", "yesterday or so")]
    public async Task Option_ThatMakesNoSense_IsAClearError(string expected, params string[] arguments)
    {
        var run = await FindAsync(arguments);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    private static string Line(TimeSpan ago, string verdict, string rule, string ip, string from, string[] to, string login, string queueId, string would = "")
    {
        var (policy, id) = rule.Split('/') is [var p, var r] ? (p, r) : (string.Empty, string.Empty);
        var monitor = would.Split('/') is [var wp, var wr] ? $$"""{"policy":"{{wp}}","rule":"{{wr}}","verdict":"reject","reply":""}""" : string.Empty;
        return $$$"""{"time":"{{{(Now - ago).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)}}}","id":"1-1","session":"s","revision":"00000000","client":{"ip":"{{{ip}}}","country":"ZZ","asn":0,"name":""},"helo":"h","mail_from":"{{{from}}}","rcpt":[{{{string.Join(',', to.Select(one => $"\"{one}\""))}}}],"sasl_login":"{{{login}}}","queue_id":"{{{queueId}}}","phase":"eom","verdict":"{{{verdict}}}","policy":"{{{policy}}}","rule":"{{{id}}}","mode":"enforce","reply":"550 no","would":[{{{monitor}}}],"counters":{},"values":{}}""";
    }

    private void Write(params string[] lines) => File.WriteAllLines(Path.Combine(_site.Root, "d.jsonl"), lines);

    private Task<CommandRun> FindAsync(params string[] arguments) => CommandRun.OfAsync(["find", .. arguments, "-c", _site.Configuration]);
}
