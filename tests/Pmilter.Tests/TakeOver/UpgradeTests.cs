using System.Globalization;
using System.Text.RegularExpressions;
using Pmilter.Protocol.Replies;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Server.State;
using Pmilter.Tests.Service;

namespace Pmilter.Tests.TakeOver;

/// <summary>The running server starts the one that takes over, and the service manager is told.</summary>
public sealed partial class UpgradeTests
{
    [Fact]
    public async Task Upgrade_UnderAServiceManager_NewProcessIsTheServices()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var site = new TakeOverSite();
        using var manager = new FakeManager(isAbstract: true);
        var old = await site.StartUnderAsync(("NOTIFY_SOCKET", manager.Address), ("WATCHDOG_USEC", "10000000"));
        await manager.NextAsync("READY=1");
        await site.ReachableAsync(old);
        await site.SendAsync("a@b.example");

        var upgrade = await CommandRun.OfAsync("upgrade", "-c", site.Configuration);

        Assert.True(upgrade.ExitCode == 0, $"{upgrade.Error}\n{old.Log}");
        Assert.StartsWith("Process ", upgrade.Output, StringComparison.Ordinal);
        var process = Digits().Match(upgrade.Output).Value;
        using var newer = System.Diagnostics.Process.GetProcessById(int.Parse(process, CultureInfo.InvariantCulture));
        try
        {
            Assert.Equal($"Process {process} has taken over; the one before ends with its last session.\n", upgrade.Output);
            await manager.NextAsync($"MAINPID={process}");
            Assert.Contains("STATUS=Policies: 1", await manager.NextAsync("READY=1"), StringComparison.Ordinal);
            await manager.NextAsync("WATCHDOG=1");
            await PmilterChild.UntilAsync(() => old.HasExited, () => old.Log);
            await site.SendAsync("a@b.example");
            using (var kill = System.Diagnostics.Process.Start("/bin/kill", ["-TERM", process]))
            {
                await kill.WaitForExitAsync();
            }

            await manager.NextAsync("STOPPING=1");
            await newer.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        }
        finally
        {
            // It is nobody's child by now.
            if (!newer.HasExited)
            {
                newer.Kill();
            }
        }

        // The new process has had its standard error until now.
        Assert.Equal(0, await old.EndAsync());
        Assert.Equal(2, await site.CountedAsync("a@b.example"));
    }

    [Fact]
    public async Task Upgrade_ToAConfigurationWithMistakes_SaysSoAndChangesNothing()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var site = new TakeOverSite();
        var old = await site.StartAsync();
        await site.ReachableAsync(old);
        await File.WriteAllTextAsync(site.Policy, "rules: nonsense\n");

        var upgrade = await CommandRun.OfAsync("upgrade", "--socket", site.AdminSocket);

        Assert.True(upgrade.ExitCode == 1, upgrade.Error);
        Assert.Contains("has ended with 2, and says why in the server's log. The server goes on as before", upgrade.Error, StringComparison.Ordinal);
        Assert.Equal(VerdictKind.Continue, await site.SendAsync("a@b.example"));
        Assert.Equal(0, await old.StopAsync());
        Assert.Contains("the policies have errors", old.Log, StringComparison.Ordinal);
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
