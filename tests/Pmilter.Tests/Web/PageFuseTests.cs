using System.Net;
using System.Text.Json;
using Pmilter.Configuration;
using Pmilter.Protocol.Replies;

namespace Pmilter.Tests.Web;

/// <summary>Fuses that have blown, as the page is told of them, and the way back.</summary>
public sealed class PageFuseTests
{
    [Fact]
    public async Task Fuse_ThatHasBlown_IsTold_AndArmedByWhoMay()
    {
        await using var rig = await BlownAsync();
        await rig.LoginAsync();
        var blown = Assert.Single((await rig.ReadAsync("/api/overview")).GetProperty("status").GetProperty("safety").GetProperty("blown").EnumerateArray());
        Assert.Equal(("p/nobody", 3L, 3L, 0.5), (blown.GetProperty("rule").GetString(), blown.GetProperty("refused").GetInt64(), blown.GetProperty("messages").GetInt64(), blown.GetProperty("share").GetDouble()));

        using var response = await rig.PostAsync("/api/fuses/arm", """{"name":"p/nobody"}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(0, (await rig.ReadAsync("/api/overview")).GetProperty("status").GetProperty("safety").GetProperty("blown").GetArrayLength());
        Assert.Equal(VerdictKind.Reject, await rig.SendAsync("a@b.example", to: "nobody@d.example"));
        Assert.Equal(
            [("server", "fuse", "mode", "name=p/nobody"), ("page", "alice at the page from 127.0.0.1", "fuses/arm", "name=p/nobody")],
            Audit(rig).Select(line => (line.GetProperty("role").GetString(), line.GetProperty("user").GetString(), line.GetProperty("verb").GetString(), line.GetProperty("arguments")[0].GetString())));
        await rig.Server.SaysAsync("The fuse of p/nobody is armed, by alice at the page from 127.0.0.1");
    }

    [Fact]
    public async Task Fuse_IsNotArmedByAReader()
    {
        await using var rig = await BlownAsync();
        await rig.LoginAsync(reads: true);

        using var response = await rig.PostAsync("/api/fuses/arm", """{"name":"p/nobody"}""");

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(1, (await rig.ReadAsync("/api/overview")).GetProperty("status").GetProperty("safety").GetProperty("blown").GetArrayLength());
    }

    [Theory]
    [InlineData("p/spam")]
    [InlineData("all")]
    [InlineData("")]
    public async Task Fuse_ThatHasNotBlown_IsNotArmed_AndNothingElseIsRaised(string name)
    {
        await using var rig = await BlownAsync();
        await rig.LoginAsync();

        using var response = await rig.PostAsync("/api/fuses/arm", $$"""{"name":"{{name}}"}""");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("has not blown", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(1, (await rig.ReadAsync("/api/overview")).GetProperty("status").GetProperty("safety").GetProperty("blown").GetArrayLength());
    }

    private static async Task<PageRig> BlownAsync()
    {
        var rig = await PageRig.StartAsync(fuse: new FuseSection { Share = 0.5, Min = 3 });
        await rig.BlowAsync();
        return rig;
    }

    private static JsonElement[] Audit(PageRig rig) => [.. File.ReadAllLines(Path.Combine(rig.Root, "state", "audit.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];
}
