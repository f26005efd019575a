using System.Net;
using System.Text.Json;
using Pmilter.Protocol.Replies;

namespace Pmilter.Tests.Web;

/// <summary>Reasons, files with diagnostics, and the playground, over the page's API.</summary>
public sealed class PlaygroundTests
{
    [Fact]
    public async Task Decision_Explained_NamesItsRuleAndTheOthers()
    {
        await using var rig = await StartAsync();
        await rig.SendAsync("spam@b.example");
        var answer = await rig.ReadAsync("/api/decision?number=1");

        Assert.Empty(answer.GetProperty("notes").EnumerateArray());
        Assert.Equal("spam@b.example", answer.GetProperty("decision").GetProperty("mail_from").GetString());
        var explanation = answer.GetProperty("explanation");
        Assert.Equal(("reject", "spam"), (explanation.GetProperty("verdict").GetString(), explanation.GetProperty("rule").GetString()));
        var mail = explanation.GetProperty("events").EnumerateArray().Single(each => each.GetProperty("phase").GetString() == "mail");
        Assert.Equal(["banned", "dear", "often", "spam"], mail.GetProperty("rules").EnumerateArray().Select(rule => rule.GetProperty("rule").GetString()));
    }

    [Fact]
    public async Task Decision_ThatRestedOnABan_SaysThatItIsNotRecorded()
    {
        await using var rig = await StartAsync();
        await rig.SendAsync("spam@b.example");
        await rig.SendAsync("a@b.example");
        var answer = await rig.ReadAsync("/api/decision?number=2");

        Assert.Equal("banned", answer.GetProperty("decision").GetProperty("rule").GetString());
        Assert.Contains("rested on counts, bans or texts", answer.GetProperty("notes")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decision_ThatIsNotKept_SaysWhoHasIt()
    {
        await using var rig = await StartAsync();
        using var response = await rig.GetAsync("/api/decision?number=7");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("pmilter explain --decision", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Policies_ThatAreNotInForce_AreShownWithTheirDiagnostics()
    {
        await using var rig = await StartAsync();
        var good = await rig.ReadAsync("/api/policies");
        await File.WriteAllTextAsync(Path.Combine(rig.Root, "policies", "q.yaml"), "policy: q\nrules:\n  - { id: a, phase: mail, when: \"mail_form = 'x'\", then: [ reject ] }\n");
        var bad = await rig.ReadAsync("/api/policies");

        Assert.Equal(rig.Server.Policies.Current.Revision, good.GetProperty("revision").GetString());
        Assert.Equal(rig.Server.Policies.Current.Rules.Count, Assert.Single(good.GetProperty("files").EnumerateArray()).GetProperty("rules").GetInt32());
        Assert.Equal(string.Empty, bad.GetProperty("revision").GetString());
        var diagnostic = Assert.Single(bad.GetProperty("diagnostics").EnumerateArray());
        Assert.Equal(("PM104", 3, "error"), (diagnostic.GetProperty("id").GetString(), diagnostic.GetProperty("line").GetInt32(), diagnostic.GetProperty("severity").GetString()));
        Assert.StartsWith("  - { id: a", diagnostic.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Play_WithThePoliciesOnDisk_LeavesTheServerAsItIs()
    {
        await using var rig = await StartAsync();
        var played = await PlayAsync(rig, new { mail_from = "spam@b.example", client_ip = "198.51.100.4" });

        Assert.Equal(("reject", "spam"), (played.GetProperty("explanation").GetProperty("verdict").GetString(), played.GetProperty("explanation").GetProperty("rule").GetString()));
        Assert.Empty((await rig.ReadAsync("/api/state")).GetProperty("bans").EnumerateArray());
        Assert.Empty((await rig.ReadAsync("/api/decisions")).GetProperty("decisions").EnumerateArray());
        Assert.NotEqual(VerdictKind.Reject, await rig.SendAsync("a@b.example", client: "198.51.100.4"));
        Assert.Equal(0, (await rig.ReadAsync("/api/overview")).GetProperty("rules").EnumerateArray().Sum(rule => rule.GetProperty("sum").GetInt32()));
    }

    [Fact]
    public async Task Play_OfAPastedPolicyAndMessage_ReadsHeadersAndBody()
    {
        await using var rig = await StartAsync();
        var played = await PlayAsync(rig, new
        {
            policy = "policy: mine\nrules:\n  - { id: lottery, phase: eom, when: \"contains(subject, 'Lottery') and mail_from = ''\", then: [ reject: '5.7.1 no' ] }\n",
            mail_from = string.Empty,
            rcpt_to = new[] { "b@c.example" },
            message = "Subject: the Lottery\nTo: b@c.example\n\nhello\n",
        });

        Assert.Equal("lottery", played.GetProperty("explanation").GetProperty("rule").GetString());
        Assert.Equal("550 5.7.1 no", played.GetProperty("explanation").GetProperty("reply").GetString());
    }

    [Theory]
    [InlineData("'/etc/hostname'")]
    [InlineData("'../pmilter.yaml'")]
    [InlineData("'../policies-other/x'")]
    public async Task Play_OfAPolicyThatNamesAFileElsewhere_DoesNotOpenIt(string file)
    {
        await using var rig = await StartAsync();
        var played = await PlayAsync(rig, new { policy = $"policy: mine\nlists:\n  l: {{ type: cidr, file: {file} }}\nrules:\n  - {{ id: a, phase: mail, when: \"in_list(client_ip, 'l')\", then: [ reject ] }}\n", mail_from = "a@b.example" });

        Assert.False(played.TryGetProperty("explanation", out _));
        Assert.Contains("the playground opens lists of the policies' folder only", played.GetProperty("diagnostics").GetRawText().Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Play_OfAPolicyWithAHandler_DoesNotRunIt()
    {
        await using var rig = await StartAsync();
        var sign = Path.Combine(rig.Root, "ran");
        await File.WriteAllTextAsync(Path.Combine(rig.Root, "policies", "x.rb"), $"File.write('{sign}', 'x')\n");
        var played = await PlayAsync(rig, new { policy = "policy: mine\nrules:\n  - { id: a, phase: mail, on_error: continue, then: [ { ruby: x.rb } ] }\n", mail_from = "a@b.example" });

        Assert.Contains("not run from here", played.GetProperty("notes")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal("continue", played.GetProperty("explanation").GetProperty("verdict").GetString());
        Assert.False(File.Exists(sign));
    }

    [Fact]
    public async Task Play_OfAMessageThatCannotBe_SaysWhy()
    {
        await using var rig = await StartAsync();
        using var response = await rig.PostAsync("/api/play", """{"client_ip":"not an address"}""");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("is not an address: write one", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> PlayAsync(PageRig rig, object message)
    {
        using var response = await rig.PostAsync("/api/play", JsonSerializer.Serialize(message));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private static async Task<PageRig> StartAsync()
    {
        var rig = await PageRig.StartAsync();
        await rig.LoginAsync();
        return rig;
    }
}
