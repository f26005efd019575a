using Microsoft.Playwright;

namespace Pmilter.Page.Tests;

/// <summary>Debian's Chromium, without a window; one for all tests.</summary>
public sealed class Browser : IAsyncLifetime
{
    public const string Program = "/usr/bin/chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (!File.Exists(Program))
        {
            return;
        }

        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Program,
            // Root has no sandbox, and a container little /dev/shm.
            Args = ["--no-sandbox", "--disable-dev-shm-usage"],
        });
    }

    public async Task DisposeAsync()
    {
        await (_browser?.DisposeAsync() ?? ValueTask.CompletedTask);
        _playwright?.Dispose();
    }

    /// <summary>A window of its own, with cookies of its own. Times are shown in UTC.</summary>
    internal async Task<IBrowserContext> WindowAsync(int width = 1280, int height = 900, bool isDark = false, bool isPhone = false)
    {
        var browser = _browser ?? throw new InvalidOperationException($"{Program} is not here.");
        return await browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
            IsMobile = isPhone,
            HasTouch = isPhone,
            DeviceScaleFactor = isPhone ? 2 : 1,
            TimezoneId = "UTC",
            Locale = "en-GB",
        });
    }
}

/// <summary>Needs Chromium.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ChromiumFactAttribute : FactAttribute
{
    public ChromiumFactAttribute()
    {
        if (!File.Exists(Browser.Program))
        {
            Skip = $"{Browser.Program} is not installed (apt-get install chromium)";
        }
    }
}
