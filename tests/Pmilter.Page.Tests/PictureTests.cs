using Microsoft.Extensions.Time.Testing;
using Pmilter.TestKit.Geo;
using Pmilter.Tests.Web;

namespace Pmilter.Page.Tests;

/// <summary>Every view, light and dark, on a desk and on a phone: nothing in the console, nothing wider than the window, a picture kept.</summary>
public sealed class PictureTests(Browser browser) : IClassFixture<Browser>
{
    private static readonly string[] Views = ["overview", "decisions", "rules", "bans", "policies", "playground"];

    [ChromiumFact]
    public async Task Views_OnDeskAndPhone_FitTheWindow()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 3, 2, 9, 30, 0, TimeSpan.Zero));
        await using var rig = await PageRig.StartAsync(BusyDay.Policy, time, DocumentationGeo.Flat());
        await BusyDay.PlayAsync(rig, time);
        foreach (var (name, width, isDark) in new[] { ("desk-light", 1280, false), ("desk-dark", 1280, true), ("phone-light", 390, false), ("phone-dark", 390, true) })
        {
            await using var page = await OpenPage.AtAsync(rig, await browser.WindowAsync(width, width < 500 ? 844 : 900, isDark, width < 500));
            foreach (var view in isDark ? Views[..2] : Views)
            {
                await page.ShowAsync(view);
                await page.Page.Locator(view switch { "policies" => "#files li", "overview" => "#tiles li", "bans" => "#bans li", "playground" => "#play", _ => $"#{view} li" }).First.WaitForAsync();
                await page.PictureAsync($"{name}-{view}", isWhole: view != "decisions");
                Assert.True(await page.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{name} {view} is wider than the window");
            }

            await page.ShowAsync("decisions");
            await page.Page.Locator("#decisions .row").First.ClickAsync();
            await page.Page.Locator("#decision .tree").WaitForAsync();
            await page.PictureAsync($"{name}-decision", isWhole: false);
            page.AssertQuiet();
        }
    }
}
