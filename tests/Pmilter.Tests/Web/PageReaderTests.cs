using System.Net;
using System.Text.Json;
using Pmilter.Server;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Server;
using Pmilter.Web;

namespace Pmilter.Tests.Web;

/// <summary>The token with which the page shows everything and changes nothing.</summary>
public sealed class PageReaderTests
{
    [Fact]
    public async Task Reader_SeesEverything_AndIsKnownAsOne()
    {
        await using var rig = await PageRig.StartAsync();
        await rig.SendAsync("spam@b.example");
        await rig.LoginAsync("bob", reads: true);

        var overview = await rig.ReadAsync("/api/overview");
        Assert.Equal(("bob", true), (overview.GetProperty("name").GetString(), overview.GetProperty("reader").GetBoolean()));
        Assert.Equal(1, (await rig.ReadAsync("/api/state")).GetProperty("bans").GetArrayLength());
        Assert.Equal(1, (await rig.ReadAsync("/api/decisions")).GetProperty("decisions").GetArrayLength());
        Assert.Equal("reject", (await rig.ReadAsync("/api/decision?number=1")).GetProperty("decision").GetProperty("verdict").GetString());
        await rig.ReadAsync("/api/policies");

        await rig.LoginAsync();
        Assert.False((await rig.ReadAsync("/api/overview")).GetProperty("reader").GetBoolean());
    }

    [Theory]
    [InlineData("/api/bans/lift", """{"name":"p/bad","key":["203.0.113.9"]}""")]
    [InlineData("/api/holds/lift", """{"name":"p/often","key":["spam@b.example"]}""")]
    [InlineData("/api/play", """{"policy":""}""")]
    [InlineData("/api/nothing", "{}")]
    public async Task Reader_WhoPosts_IsRefused_ToldWhatIsNeeded_AndTakenDown(string path, string json)
    {
        await using var rig = await PageRig.StartAsync();
        await rig.SendAsync("spam@b.example");
        await rig.LoginAsync("bob", reads: true);

        using var response = await rig.PostAsync(path, json);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("this token only reads (admin.page_read_token_file)", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(1, (await rig.ReadAsync("/api/state")).GetProperty("bans").GetArrayLength());
        var line = Assert.Single(Audit(rig));
        Assert.Equal(
            ("page reader", "bob at the page from 127.0.0.1", path["/api/".Length..], "read only"),
            (line.GetProperty("role").GetString(), line.GetProperty("user").GetString(), line.GetProperty("verb").GetString(), line.GetProperty("refused").GetString()));
    }

    [Fact]
    public async Task Release_WithTheOtherToken_IsTakenDownWithItsRole()
    {
        await using var rig = await PageRig.StartAsync();
        await rig.SendAsync("spam@b.example");
        await rig.LoginAsync();

        using var response = await rig.PostAsync("/api/bans/lift", """{"name":"p/bad","key":["203.0.113.9"]}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var line = Assert.Single(Audit(rig));
        Assert.Equal(("page", "alice at the page from 127.0.0.1"), (line.GetProperty("role").GetString(), line.GetProperty("user").GetString()));
    }

    [Fact]
    public async Task Reader_SignsOut()
    {
        await using var rig = await PageRig.StartAsync();
        await rig.LoginAsync(reads: true);

        using var response = await rig.PostAsync("/api/logout", "{}");

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Contains("max-age=0", response.Headers.GetValues("Set-Cookie").Single(), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A cookie that the one token has sealed is never taken for one of the other.</summary>
    [Fact]
    public async Task Cookie_OfAReader_CannotBecomeTheOther()
    {
        await using var rig = await PageRig.StartAsync();
        await rig.LoginAsync("alice");
        var other = rig.Cookie.Split('.');
        await rig.LoginAsync("alice", reads: true);
        var own = rig.Cookie.Split('.');
        Assert.NotEqual(other[2], own[2]);

        rig.Cookie = $"{own[0]}.{own[1]}.{other[2][..^1]}{(other[2][^1] == 'A' ? 'B' : 'A')}";
        using var response = await rig.GetAsync("/api/overview");
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task PageCommand_ForReaders_ShowsTheLinkThatOnlyReads()
    {
        await using var rig = await PageRig.StartAsync();
        var run = await CommandRun.OfAsync("page", "--read", "--socket", Path.Combine(rig.Root, "state", "admin.sock"));

        Assert.StartsWith($"{rig.Address.GetLeftPart(UriPartial.Authority)}/#token={rig.ReadToken}&name=", run.Output, StringComparison.Ordinal);
        Assert.NotEqual(rig.Token, rig.ReadToken);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(rig.Root, "state", "page.read.token")));
        }
    }

    [Fact]
    public async Task Tokens_ThatAreTheSame_StopTheStart()
    {
        using var site = new SiteFolder();
        var (one, two) = (Path.Combine(site.Root, "one"), Path.Combine(site.Root, "two"));
        foreach (var path in new[] { one, two })
        {
            await File.WriteAllTextAsync(path, "0123456789abcdef\n");
        }

        var options = ServerRig.Options("inet:127.0.0.1:0") with { AdminListen = new IPEndPoint(IPAddress.Loopback, 0), Page = new PageSettings(one, []) { ReadTokenFile = two } };

        var error = await Assert.ThrowsAsync<ServerStartException>(() => ServerRig.StartAsync(options));
        Assert.Contains("holds the page's own token", error.Message, StringComparison.Ordinal);
    }

    private static JsonElement[] Audit(PageRig rig) => [.. File.ReadAllLines(Path.Combine(rig.Root, "state", "audit.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];
}
