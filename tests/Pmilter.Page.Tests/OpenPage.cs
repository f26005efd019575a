using Microsoft.Playwright;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Web;

namespace Pmilter.Page.Tests;

/// <summary>The page in a window, opened by the link that <c>pmilter page</c> shows. At the end nothing may stand in the console.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    private readonly IBrowserContext _window;
    private readonly List<string> _complaints = [];

    private OpenPage(IBrowserContext window, IPage page)
    {
        _window = window;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _complaints.Add($"{message.Type}: {message.Text}");
            }
        };
        page.PageError += (_, error) => _complaints.Add($"uncaught: {error}");
    }

    public IPage Page { get; }

    /// <param name="token">Null: the one that may release.</param>
    public static async Task<OpenPage> AtAsync(PageRig rig, IBrowserContext window, string view = "overview", string? token = null)
    {
        window.SetDefaultTimeout(10_000);
        var opened = new OpenPage(window, await window.NewPageAsync());
        var link = await CommandRun.OfAsync("page", "--socket", Path.Combine(rig.Root, "state", "admin.sock"));
        var address = token is null ? link.Output.Trim().Split("&name=")[0] : link.Output.Replace(rig.Token, token, StringComparison.Ordinal).Split("&name=")[0];
        await opened.Page.GotoAsync($"{address}&name=hanako");
        await opened.Page.Locator("body.ready").WaitForAsync();
        await opened.ShowAsync(view);
        return opened;
    }

    public async Task ShowAsync(string view)
    {
        await Page.Locator($"nav a[href='#{view}']").ClickAsync();
        await Page.Locator($"#view-{view}").WaitForAsync();
    }

    /// <summary>What a postmaster waits for while mail flows.</summary>
    public Task WaitAsync(string condition) => WaitAsync(() => Page.EvaluateAsync<bool>(condition), isTrue => isTrue);

    /// <summary>Asked from outside: the page's policy forbids what Playwright does inside of it.</summary>
    public static async Task WaitAsync<T>(Func<Task<T>> read, Func<T, bool> isGood)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!isGood(await read()))
        {
            await Task.Delay(20, limit.Token);
        }
    }

    /// <summary>How often the page has read how the server is.</summary>
    public Task<int> UpdatesAsync() => Page.EvaluateAsync<int>("performance.getEntriesByType('resource').filter((one) => one.name.includes('/api/state')).length");

    /// <summary>Kept for who wants to look: in <c>artifacts</c> beside the tests, or where PMILTER_ARTIFACTS says.</summary>
    public async Task PictureAsync(string name, bool isWhole = true)
    {
        var folder = Environment.GetEnvironmentVariable("PMILTER_ARTIFACTS") is { Length: > 0 } given ? given : Path.Combine(AppContext.BaseDirectory, "artifacts");
        await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}.png"), FullPage = isWhole });
    }

    /// <summary>Nothing was complained about.</summary>
    public void AssertQuiet() => Assert.Empty(_complaints);

    public async ValueTask DisposeAsync() => await _window.DisposeAsync();
}
