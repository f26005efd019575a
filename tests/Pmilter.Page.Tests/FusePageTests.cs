using Pmilter.Configuration;
using Pmilter.Protocol.Replies;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Web;

namespace Pmilter.Page.Tests;

/// <summary>A fuse that has blown cannot be overlooked, and is armed by who may; in a real Chromium.</summary>
public sealed class FusePageTests(Browser browser) : IClassFixture<Browser>
{
    [ChromiumFact]
    public async Task Fuse_ThatBlows_IsShownLoudly_AndArmedInTwoSteps()
    {
        await using var rig = await PageRig.StartAsync(fuse: new FuseSection { Share = 0.5, Min = 3 });
        await using var page = await OpenPage.AtAsync(rig, await browser.WindowAsync());
        Assert.Equal(0, await page.Page.Locator("#fuses li").CountAsync());

        await rig.BlowAsync();
        var fuse = page.Page.Locator("#fuses li");
        await fuse.WaitForAsync();
        Assert.Contains("Fuse blown: p/nobody would have refused 3 of 3 messages; its share is 50 %", await fuse.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal("100 %", await fuse.Locator(".share").InnerTextAsync());
        Assert.Equal(0, await page.Page.Locator("#troubles li").CountAsync());
        await page.PictureAsync("desk-light-fuse");
        await page.ShowAsync("rules");
        await page.Page.Locator("#rules li", new() { HasText = "p/nobody" }).GetByText("fuse blown").WaitForAsync();

        await fuse.Locator("button").ClickAsync();
        await fuse.GetByText("Sure?").ClickAsync();
        await page.Page.GetByText("The fuse of p/nobody is armed: it refuses again.").WaitForAsync();
        await page.WaitAsync("document.querySelectorAll('#fuses li').length === 0");
        Assert.Equal(VerdictKind.Reject, await rig.SendAsync("a@b.example", to: "nobody@d.example"));
        page.AssertQuiet();
    }

    [ChromiumFact]
    public async Task Reader_SeesTheFuseAndTheBans_AndNoButtonThatWouldBeRefused()
    {
        await using var rig = await PageRig.StartAsync(fuse: new FuseSection { Share = 0.5, Min = 3 });
        await rig.BlowAsync();
        await rig.SendAsync("spam@b.example");
        await CommandRun.OfAsync("block", "mail_from_user=flood", "--for", "1h", "--reason", "ticket 18", "--socket", Path.Combine(rig.Root, "state", "admin.sock"));
        await using var page = await OpenPage.AtAsync(rig, await browser.WindowAsync(), token: rig.ReadToken);
        await page.Page.Locator("#fuses li").WaitForAsync();
        await page.Page.Locator("#some-bans li").First.WaitForAsync();
        await page.Page.GetByText("live, hanako, reading only").WaitForAsync();
        Assert.Matches("block b1 refuses for now mail_from_user=flood until .*, by .*: ticket 18", await page.Page.Locator("#health").InnerTextAsync());

        Assert.Equal(0, await page.Page.Locator("#fuses button, .release").CountAsync());
        Assert.False(await page.Page.Locator("nav a[href='#playground']").IsVisibleAsync());
        await page.PictureAsync("desk-light-reader");
        page.AssertQuiet();
    }
}
