using Pmilter.Protocol.Replies;
using Pmilter.Tests.Web;

namespace Pmilter.Page.Tests;

/// <summary>What a postmaster does with the page, in a real Chromium.</summary>
public sealed class PageTests(Browser browser) : IClassFixture<Browser>
{
    private const string Evil = "<script>window.taken=1</script><img src=x onerror=window.taken=1>";

    [ChromiumFact]
    public async Task Link_OpensThePage_AndTheTokenStaysNowhere()
    {
        await using var rig = await PageRig.StartAsync();
        await using var page = await OpenPage.AtAsync(rig, await browser.WindowAsync());

        Assert.DoesNotContain(rig.Token, page.Page.Url, StringComparison.Ordinal);
        var cookie = Assert.Single(await page.Page.Context.CookiesAsync());
        Assert.True(cookie.HttpOnly);
        Assert.Equal(Microsoft.Playwright.SameSiteAttribute.Strict, cookie.SameSite);
        Assert.DoesNotContain(rig.Token, cookie.Value, StringComparison.Ordinal);
        Assert.Equal("{}{}", await page.Page.EvaluateAsync<string>("document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)"));

        // The same link once more, in a window that has the page open.
        await page.Page.EvaluateAsync($"location.hash = 'token={rig.Token}'");
        await page.WaitAsync("!location.href.includes('token')");
        page.AssertQuiet();
    }

    [ChromiumFact]
    public async Task Login_WithAWrongToken_SaysSo_AndWithTheRightOne_Opens()
    {
        await using var rig = await PageRig.StartAsync();
        await using var window = await browser.WindowAsync();
        var page = await window.NewPageAsync();
        await page.GotoAsync(rig.Address.ToString());
        await page.GetByLabel("Token").FillAsync("0123456789abcdef0123456789abcdef");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByText("Not opened: this is not the token of this server.").WaitForAsync();
        await page.GetByLabel("Token").FillAsync(rig.Token);
        await page.GetByLabel("Your name").FillAsync("hanako");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByText("live, hanako").WaitForAsync();
        await page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.GetByLabel("Token").WaitForAsync();
    }

    [ChromiumFact]
    public async Task Mail_ThatFlowsWhileThePageIsOpen_IsSeen()
    {
        await using var rig = await PageRig.StartAsync();
        await using var page = await OpenPage.AtAsync(rig, await browser.WindowAsync());
        Assert.Equal("0", await page.Page.Locator("#tiles .all .count").InnerTextAsync());
        for (var i = 0; i < 3; i++)
        {
            await rig.SendAsync("a@shop.example");
        }

        await page.WaitAsync("document.querySelector('#tiles .all .count').textContent === '3'");
        await page.WaitAsync("document.querySelectorAll('#last-decisions li').length === 3");
        await page.Page.Locator("#top-rules li", new() { HasText = "would reject 3" }).WaitForAsync();
        Assert.True(await page.Page.Locator("#chart svg rect.pass").CountAsync() > 0);

        // The newest minute, and back to the whole hour, by keyboard.
        await page.Page.Locator("#chart").FocusAsync();
        await page.Page.Keyboard.PressAsync("ArrowLeft");
        Assert.Matches(@"^\d\d:\d\d – \d\d:\d\d$", await page.Page.Locator("#chart-when").InnerTextAsync());
        Assert.Contains("passed", await page.Page.Locator("#chart").GetAttributeAsync("aria-label") ?? string.Empty, StringComparison.Ordinal);
        await page.Page.Keyboard.PressAsync("Escape");
        Assert.Equal(string.Empty, await page.Page.Locator("#chart-when").InnerTextAsync());
        page.AssertQuiet();
    }

    [ChromiumFact]
    public async Task Release_ByKeyboard_LetsMailThrough()
    {
        await using var rig = await PageRig.StartAsync();
        await rig.SendAsync("spam@b.example");
        Assert.Equal(VerdictKind.Reject, await rig.SendAsync("a@b.example"));
        await using var page = await OpenPage.AtAsync(rig, await browser.WindowAsync(), "bans");
        var release = page.Page.Locator("#bans .release");
        await release.FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        Assert.Equal("Sure?", await release.InnerTextAsync());

        // The focus outlasts an update.
        await rig.SendAsync("c@b.example", client: "198.51.100.4");
        var seen = await page.UpdatesAsync();
        await OpenPage.WaitAsync(page.UpdatesAsync, updates => updates > seen);
        Assert.Equal("release sure", await page.Page.EvaluateAsync<string>("document.activeElement.className"));
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.GetByText("p/bad: 203.0.113.9 is released.").WaitForAsync();

        Assert.Equal(0, await page.Page.Locator("#bans li").CountAsync());
        Assert.NotEqual(VerdictKind.Reject, await rig.SendAsync("a@b.example"));
        page.AssertQuiet();
    }

    [ChromiumFact]
    public async Task Filter_ShowsWhatFits()
    {
        await using var rig = await PageRig.StartAsync();
        await rig.SendAsync("a@b.example");
        await rig.SendAsync("a@shop.example");
        await rig.SendAsync("spam@b.example");
        await using var page = await OpenPage.AtAsync(rig, await browser.WindowAsync(), "decisions");
        await page.WaitAsync("document.querySelectorAll('#decisions li').length === 3");
        await page.Page.GetByLabel("Filter decisions").FillAsync("shop.EXAMPLE p/dear");
        await page.WaitAsync("document.querySelectorAll('#decisions li').length === 1");
        await page.Page.GetByLabel("Filter decisions").FillAsync(string.Empty);
        await page.Page.GetByLabel("Verdict", new() { Exact = true }).SelectOptionAsync("refused");
        Assert.Contains("<spam@b.example>", await page.Page.Locator("#decisions li").InnerTextAsync(), StringComparison.Ordinal);
        await page.Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await rig.SendAsync("d@b.example");
        await page.Page.GetByText("1 more since the pause").WaitForAsync();
        Assert.Equal(1, await page.Page.Locator("#decisions li").CountAsync());
        page.AssertQuiet();
    }

    [ChromiumFact]
    public async Task Decision_OpenedByKeyboard_ShowsWhy_AndEscapeGoesBack()
    {
        await using var rig = await PageRig.StartAsync();
        await rig.SendAsync("spam@b.example");
        await using var page = await OpenPage.AtAsync(rig, await browser.WindowAsync(), "decisions");
        var row = page.Page.Locator("#decisions .row").First;
        await row.FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.Locator("#decision .tree").WaitForAsync();
        var text = await page.Page.Locator("#decision").InnerTextAsync();
        Assert.Contains("reject at mail by p/spam", text.Replace("\n", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("p.yaml:", text, StringComparison.Ordinal);
        await page.Page.Keyboard.PressAsync("Escape");
        await page.WaitAsync("!document.querySelector('#decision').open");
        Assert.Equal("row", await page.Page.EvaluateAsync<string>("document.activeElement.className"));
        page.AssertQuiet();
    }

    [ChromiumFact]
    public async Task WhatASenderWrites_IsTextEverywhere()
    {
        await using var rig = await PageRig.StartAsync();
        await rig.SendAsync($"\"{Evil}\"@shop.example", $"lottery {Evil}", Evil);
        for (var i = 0; i < 5; i++)
        {
            await rig.SendAsync($"\"{Evil}\"@b.example", helo: Evil);
        }

        await using var page = await OpenPage.AtAsync(rig, await browser.WindowAsync());
        await page.Page.Locator("#some-near").GetByText(Evil).First.WaitForAsync();
        await page.ShowAsync("decisions");
        await page.Page.Locator("#decisions .row", new() { HasText = "quarantine" }).ClickAsync();
        await page.Page.Locator("#decision .tree").WaitForAsync();
        await page.Page.GetByText("What the policies read").ClickAsync();
        var text = await page.Page.Locator("#decision").InnerTextAsync();
        Assert.Contains($"HELO\n{Evil}", text, StringComparison.Ordinal);
        Assert.Contains($"subject\nlottery {Evil}", text, StringComparison.Ordinal);
        await page.Page.Keyboard.PressAsync("Escape");
        await page.ShowAsync("bans");
        await page.Page.Locator("#holds").GetByText(Evil).First.WaitForAsync();

        Assert.Equal(1, await page.Page.Locator("script").CountAsync());
        Assert.Equal(1, await page.Page.Locator("img").CountAsync());
        Assert.False(await page.Page.EvaluateAsync<bool>("'taken' in window"));

        // And were something written as markup, the browser would refuse it.
        Assert.True(await page.Page.EvaluateAsync<bool>("(() => { try { document.body.innerHTML = '<b>'; return false; } catch { return true; } })()"));
    }

    [ChromiumFact]
    public async Task Reload_ThatFails_IsSeenWithItsDiagnostics()
    {
        await using var rig = await PageRig.StartAsync();
        await using var page = await OpenPage.AtAsync(rig, await browser.WindowAsync(), "policies");
        await page.Page.GetByText("in force", new() { Exact = false }).First.WaitForAsync();
        await File.WriteAllTextAsync(Path.Combine(rig.Root, "policies", "q.yaml"), "policy: q\nrules:\n  - { id: a, phase: mail, when: \"mail_form = 'x'\", then: [ reject ] }\n");
        Assert.False(rig.Server.Reloader.Reload().IsGood);
        await page.Page.Locator("#troubles li", new() { HasText = "what is on disk was refused" }).WaitForAsync();
        await page.Page.Locator("#diagnostics li", new() { HasText = "mail_form" }).First.WaitForAsync();
        Assert.Contains("1 error", await page.Page.Locator("#files li", new() { HasText = "q.yaml" }).InnerTextAsync(), StringComparison.Ordinal);
        await page.PictureAsync("desk-light-policies-refused");
        page.AssertQuiet();
    }

    [ChromiumFact]
    public async Task Playground_ChecksAndExplains_WithoutTouchingTheServer()
    {
        await using var rig = await PageRig.StartAsync();
        await using var page = await OpenPage.AtAsync(rig, await browser.WindowAsync(), "playground");
        await page.Page.GetByLabel("Sender").FillAsync("spam@b.example");
        await page.Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Explain" }).ClickAsync();
        await page.Page.Locator("#played .tree", new() { HasText = "p/spam" }).WaitForAsync();
        await page.Page.GetByLabel("Policy").FillAsync("policy: mine\nrules:\n  - { id: shops, phase: mail, when: \"mail_from = 'spam@b.example'\", then: [ reject: '5.7.1 mine' ] }\n");
        await page.Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Explain" }).ClickAsync();
        await page.Page.Locator("#played .tree", new() { HasText = "mine/shops" }).WaitForAsync();
        await page.PictureAsync("desk-light-played");
        await page.Page.GetByLabel("Policy").FillAsync("policy: mine\nrules:\n  - { id: shops, phase: mail, then: [ bounce ] }\n");
        await page.Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Check only" }).ClickAsync();
        await page.Page.Locator("#play-diagnostics li.error").WaitForAsync();

        Assert.Empty((await PageStateAsync(rig)).GetProperty("bans").EnumerateArray());
        Assert.NotEqual(VerdictKind.Reject, await rig.SendAsync("a@b.example"));
        page.AssertQuiet();
    }

    private static async Task<System.Text.Json.JsonElement> PageStateAsync(PageRig rig)
    {
        await rig.LoginAsync();
        return await rig.ReadAsync("/api/state");
    }
}
