using System.Net;
using Microsoft.Extensions.Time.Testing;
using Pmilter.Tests.Commands;
using Pmilter.Web;

namespace Pmilter.Tests.Web;

/// <summary>Who gets at the admin page, over real HTTP.</summary>
public sealed class PageAccessTests
{
    private static readonly string[] Api = ["/api/overview", "/api/decisions", "/api/decision?number=1", "/api/state", "/api/policies"];

    [Fact]
    public async Task Api_WithoutCookie_TellsNothing()
    {
        await using var rig = await PageRig.StartAsync();
        foreach (var path in Api)
        {
            using var response = await rig.GetAsync(path);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Contains("pmilter page", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        // The token opens nothing by itself, in no other place.
        using var bearer = await rig.GetAsync("/api/overview", ("Authorization", $"Bearer {rig.Token}"));
        Assert.Equal(HttpStatusCode.Unauthorized, bearer.StatusCode);
        using var query = await rig.GetAsync($"/api/overview?token={rig.Token}");
        Assert.Equal(HttpStatusCode.Unauthorized, query.StatusCode);
        foreach (var path in new[] { "/api/bans/lift", "/api/holds/lift", "/api/play" })
        {
            using var act = await rig.PostAsync(path, "{}");
            Assert.Equal(HttpStatusCode.Unauthorized, act.StatusCode);
        }
    }

    [Fact]
    public async Task Page_WithoutCookie_AsksForTheToken_AndWithIt_IsThePage()
    {
        await using var rig = await PageRig.StartAsync();
        Assert.Contains("/login.js", await TextAsync(rig, "/"), StringComparison.Ordinal);
        await rig.LoginAsync();
        var page = await TextAsync(rig, "/");
        Assert.Contains("/page.js", page, StringComparison.Ordinal);
        Assert.DoesNotContain("/login.js", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_IsInAFileOfTheServersUserAlone_AndOutlastsARestart()
    {
        await using var rig = await PageRig.StartAsync();
        var path = Path.Combine(rig.Root, "state", "page.token");

        Assert.Equal(64, rig.Token.Length);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }

        Assert.Equal(rig.Token, PageToken.Open(path).Text);
    }

    [Fact]
    public async Task Login_WithTheWrongToken_IsRefused_AndLoggedOnce()
    {
        await using var rig = await PageRig.StartAsync();
        for (var i = 0; i < 3; i++)
        {
            using var response = await rig.PostAsync("/api/login", """{"token":"0123456789abcdef0123456789abcdef","name":"mallory"}""");
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            Assert.False(response.Headers.Contains("Set-Cookie"));
        }

        Assert.Single(rig.Server.Log.Lines, line => line.Contains("with a wrong token", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Login_SetsACookieThatScriptsAndOtherSitesCannotUse_AndThatIsNotTheToken()
    {
        await using var rig = await PageRig.StartAsync();
        using var response = await rig.PostAsync("/api/login", $$"""{"token":"{{rig.Token}}","name":"alice"}""");
        var cookie = response.Headers.GetValues("Set-Cookie").Single().ToLowerInvariant();

        Assert.Contains("; httponly", cookie, StringComparison.Ordinal);
        Assert.Contains("; samesite=strict", cookie, StringComparison.Ordinal);
        Assert.Contains("; path=/", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain("; secure", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain(rig.Token, cookie, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_BehindAProxyWithTls_SetsASecureCookie()
    {
        await using var rig = await PageRig.StartAsync(hosts: ["mail.example.jp"]);
        using var response = await rig.PostAsync("/api/login", $$"""{"token":"{{rig.Token}}"}""", ("Host", "mail.example.jp"), ("Origin", "https://mail.example.jp"));

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Contains("; secure", response.Headers.GetValues("Set-Cookie").Single(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("x.9999999999.AAAA")]
    [InlineData("YWxpY2U")]
    [InlineData("..")]
    public async Task Cookie_ThatIsForged_IsNone(string value)
    {
        await using var rig = await PageRig.StartAsync();
        await rig.LoginAsync();
        rig.Cookie = $"{rig.Cookie.Split('=')[0]}={value}";

        using var response = await rig.GetAsync("/api/overview");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public void Cookie_EndsAfterSevenDays_AndWithTheToken_AndItsNameIsSealed()
    {
        var time = new FakeTimeProvider();
        var token = PageToken.Open(string.Empty);
        var cookie = new PageCookie(token, time).Seal("alice");
        var bob = new PageCookie(token, time).Seal("bob");

        Assert.Equal("alice", new PageCookie(token, time).NameOf(cookie));
        Assert.Null(new PageCookie(PageToken.Open(string.Empty), time).NameOf(cookie));
        Assert.Null(new PageCookie(token, time).NameOf($"{bob.Split('.')[0]}.{cookie.Split('.')[1]}.{cookie.Split('.')[2]}"));
        time.Advance(TimeSpan.FromDays(7) + TimeSpan.FromSeconds(1));
        Assert.Null(new PageCookie(token, time).NameOf(cookie));
    }

    [Theory]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "")]
    [InlineData("Origin", "http://127.0.0.1:1")]
    [InlineData(PageGuard.OwnHeader, "")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task Post_ThatIsNotByOurScript_IsRefused(string header, string value)
    {
        await using var rig = await PageRig.StartAsync();
        await rig.LoginAsync();
        await rig.SendAsync("spam@b.example");
        foreach (var path in new[] { "/api/bans/lift", "/api/play", "/api/login", "/api/logout" })
        {
            using var response = await rig.PostAsync(path, """{"name":"p/bad","key":["203.0.113.9"]}""", (header, value));
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        }

        Assert.Equal(1, (await rig.ReadAsync("/api/state")).GetProperty("bans").GetArrayLength());
    }

    [Theory]
    [InlineData("evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("evil.example:8896", HttpStatusCode.MisdirectedRequest)]
    [InlineData("127.0.0.1.evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("192.0.2.1", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost:9000", HttpStatusCode.OK)]
    [InlineData("[::1]:9000", HttpStatusCode.OK)]
    [InlineData("mail.example.jp", HttpStatusCode.OK)]
    public async Task Host_ThatIsNotOurs_IsTurnedAway(string host, HttpStatusCode expected)
    {
        await using var rig = await PageRig.StartAsync(hosts: ["mail.example.jp"]);
        await rig.LoginAsync();
        foreach (var path in new[] { "/", "/api/overview", "/page.js" })
        {
            using var response = await rig.GetAsync(path, ("Host", host));
            Assert.Equal(expected, response.StatusCode);
        }
    }

    [Fact]
    public async Task Headers_OfEveryAnswer_ForbidFramesInlineCodeAndOtherPlaces()
    {
        await using var rig = await PageRig.StartAsync();
        foreach (var path in new[] { "/", "/page.js", "/api/overview", "/api/nothing" })
        {
            using var response = await rig.GetAsync(path);
            var policy = response.Headers.GetValues("Content-Security-Policy").Single();
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("require-trusted-types-for 'script'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("DENY", response.Headers.GetValues("X-Frame-Options").Single());
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
            Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task MetricsAndHealth_StayAsTheyAre_AndTheSocketsVerbsAreNotServed()
    {
        await using var rig = await PageRig.StartAsync();
        Assert.Equal("ok\n", await TextAsync(rig, "/healthz"));
        Assert.Contains("pmilter_messages_total", await TextAsync(rig, "/metrics"), StringComparison.Ordinal);
        foreach (var path in new[] { "/status", "/counters", "/bans", "/page" })
        {
            using var response = await rig.GetAsync(path);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }

        using var post = await rig.PostAsync("/bans/lift?name=p/bad&key=203.0.113.9", "{}");
        Assert.NotEqual(HttpStatusCode.OK, post.StatusCode);
    }

    [Fact]
    public async Task Request_ThatIsTooLarge_IsRefused()
    {
        await using var rig = await PageRig.StartAsync();
        using var response = await rig.PostAsync("/api/login", $$"""{"token":"{{new string('a', 5000)}}"}""");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task PageCommand_ShowsALinkWhoseTokenOpensThePage()
    {
        await using var rig = await PageRig.StartAsync();
        var run = await CommandRun.OfAsync("page", "--socket", Path.Combine(rig.Root, "state", "admin.sock"));

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith($"{rig.Address.GetLeftPart(UriPartial.Authority)}/#token={rig.Token}&name=", run.Output, StringComparison.Ordinal);
    }

    private static async Task<string> TextAsync(PageRig rig, string path)
    {
        using var response = await rig.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }
}
