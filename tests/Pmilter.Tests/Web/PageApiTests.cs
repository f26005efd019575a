using System.Net;
using System.Text.Json;
using Pmilter.Protocol.Replies;

namespace Pmilter.Tests.Web;

/// <summary>What the page's API tells of a server with known mail.</summary>
public sealed class PageApiTests
{
    [Fact]
    public async Task Overview_AfterKnownMail_HasItInTheChartAndAtItsRules()
    {
        await using var rig = await StartAsync();
        await rig.SendAsync("a@b.example");
        await rig.SendAsync("a@shop.example");
        await rig.SendAsync("a@b.example", "you have won the lottery");
        await rig.SendAsync("spam@b.example");
        var overview = await rig.ReadAsync("/api/overview?minutes=60");

        var chart = overview.GetProperty("chart");
        string[] verdicts = [.. chart.GetProperty("verdicts").EnumerateArray().Select(word => word.GetString() ?? string.Empty)];
        Assert.Equal(2, chart.GetProperty("totals")[Array.IndexOf(verdicts, "continue")].GetInt32());
        Assert.Equal(1, chart.GetProperty("totals")[Array.IndexOf(verdicts, "reject")].GetInt32());
        Assert.Equal(1, chart.GetProperty("totals")[Array.IndexOf(verdicts, "quarantine")].GetInt32());
        Assert.Equal(60, chart.GetProperty("sums").GetArrayLength());
        Assert.Equal(4, chart.GetProperty("sums").EnumerateArray().Sum(minute => minute.EnumerateArray().Sum(count => count.GetInt32())));

        var dear = RuleOf(overview, "dear");
        Assert.Equal("monitor", dear.GetProperty("mode").GetString());
        Assert.Equal(1, dear.GetProperty("hits").GetProperty("reject").GetInt32());
        Assert.Equal("mails > 4 in 1h, hold 10m", RuleOf(overview, "often").GetProperty("limit").GetString());
        Assert.Equal(0, RuleOf(overview, "often").GetProperty("sum").GetInt32());
        Assert.Equal("alice", overview.GetProperty("name").GetString());
        Assert.False(overview.GetProperty("status").GetProperty("degraded").GetBoolean());
        Assert.Equal(("ZZ", 4, 1), overview.GetProperty("countries").EnumerateArray().Select(c => (c.GetProperty("code").GetString(), c.GetProperty("messages").GetInt32(), c.GetProperty("refused").GetInt32())).Single());
    }

    [Fact]
    public async Task Decisions_ComeOnce_EachWithItsNumber()
    {
        await using var rig = await StartAsync();
        await rig.SendAsync("a@shop.example");
        await rig.SendAsync("spam@b.example");
        var first = await rig.ReadAsync("/api/decisions?after=0");
        await rig.SendAsync("spam@b.example");
        var second = await rig.ReadAsync("/api/decisions?after=2");

        Assert.True(first.GetProperty("anew").GetBoolean());
        var decisions = first.GetProperty("decisions").EnumerateArray().ToArray();
        Assert.Equal(["continue", "reject"], decisions.Select(decision => decision.GetProperty("verdict").GetString()));
        Assert.Equal("dear", decisions[0].GetProperty("would")[0].GetProperty("rule").GetString());
        Assert.Equal("spam", decisions[1].GetProperty("rule").GetString());
        Assert.Equal("c@d.example", decisions[0].GetProperty("rcpt")[0].GetString());
        Assert.False(decisions[0].TryGetProperty("values", out _));
        Assert.False(second.GetProperty("anew").GetBoolean());
        var later = Assert.Single(second.GetProperty("decisions").EnumerateArray());
        Assert.Equal((3, "banned"), (later.GetProperty("number").GetInt32(), later.GetProperty("rule").GetString()));

        // A page that was open while the server was started anew.
        Assert.True((await rig.ReadAsync("/api/decisions?after=99")).GetProperty("anew").GetBoolean());
        Assert.Equal(3, (await rig.ReadAsync("/api/decisions?after=99")).GetProperty("decisions").GetArrayLength());
    }

    [Fact]
    public async Task Release_OfABan_LetsMailThrough_AndIsLoggedWithItsAuthor()
    {
        await using var rig = await StartAsync();
        await rig.SendAsync("spam@b.example");
        Assert.Equal(VerdictKind.Reject, await rig.SendAsync("a@b.example"));
        var ban = (await rig.ReadAsync("/api/state")).GetProperty("bans")[0];

        using var response = await rig.PostAsync("/api/bans/lift", $$"""{"name":"{{ban.GetProperty("name").GetString()}}","key":{{ban.GetProperty("key").GetRawText()}}}""");

        Assert.Equal("""{"changed":1}""", await response.Content.ReadAsStringAsync());
        Assert.NotEqual(VerdictKind.Reject, await rig.SendAsync("a@b.example"));
        Assert.Empty((await rig.ReadAsync("/api/state")).GetProperty("bans").EnumerateArray());
        Assert.Contains("Information: alice at the page from 127.0.0.1: bans/lift p/bad 203.0.113.9: 1 released", rig.Server.Log.Lines);
    }

    [Fact]
    public async Task Release_OfAHold_LetsMailThrough_AndKeysNearALimitAreShown()
    {
        await using var rig = await StartAsync();
        for (var i = 0; i < 4; i++)
        {
            await rig.SendAsync("a@b.example");
        }

        var near = Assert.Single((await rig.ReadAsync("/api/state")).GetProperty("near").EnumerateArray());
        Assert.Equal(("p/mails", 4.0, 4.0), (near.GetProperty("counter").GetString(), near.GetProperty("count").GetDouble(), near.GetProperty("max").GetDouble()));
        Assert.Equal(VerdictKind.Tempfail, await rig.SendAsync("a@b.example"));
        using var response = await rig.PostAsync("/api/holds/lift", """{"name":"p/often","key":["a@b.example"]}""");

        Assert.Equal("""{"changed":1}""", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/api/bans/lift", """{"name":"p/none","key":["x"]}""", "There is no ban 'p/none'; ")]
    [InlineData("/api/holds/lift", """{"name":"p/none","key":["x"]}""", "There is no hold 'p/none'")]
    [InlineData("/api/bans/lift", "[]", "expected a JSON object")]
    [InlineData("/api/bans/lift", "{", "expected a JSON object")]
    public async Task Release_OfWhatIsNotThere_SaysWhy(string path, string json, string expected)
    {
        await using var rig = await StartAsync();
        using var response = await rig.PostAsync(path, json);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(expected, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    private static JsonElement RuleOf(JsonElement overview, string id) => overview.GetProperty("rules").EnumerateArray().Single(rule => rule.GetProperty("rule").GetString() == id);

    private static async Task<PageRig> StartAsync()
    {
        var rig = await PageRig.StartAsync();
        await rig.LoginAsync();
        return rig;
    }
}
