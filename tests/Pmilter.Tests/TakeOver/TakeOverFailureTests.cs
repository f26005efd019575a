using System.Diagnostics;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Pmilter.Protocol.Replies;
using Pmilter.Server;
using Pmilter.TakeOver;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Server.State;

namespace Pmilter.Tests.TakeOver;

/// <summary>Until the new process is told to go, the old one can go on as if nothing had been.</summary>
public sealed class TakeOverFailureTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("rules: nonsense\n", "the policies have errors")]
    [InlineData(null, "the configuration has errors")]
    public async Task NewProcess_WithMistakes_EndsBeforeItAsks(string? policy, string found)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var site = new TakeOverSite();
        var old = await site.StartAsync();
        await site.ReachableAsync(old);
        await File.WriteAllTextAsync(policy is null ? site.Configuration : site.Policy, policy ?? "server: { listen: [ nowhere ] }\nadmin: { socket: admin.sock }\n");

        var newer = site.Launch("--take-over");

        Assert.Equal(2, await newer.EndAsync());
        Assert.Contains(found, newer.Log, StringComparison.Ordinal);
        Assert.Equal(VerdictKind.Continue, await site.SendAsync("a@b.example"));
        Assert.Equal(0, await old.StopAsync());
        Assert.DoesNotContain("take over", old.Log, StringComparison.Ordinal);
        Assert.Equal(1, await site.CountedAsync("a@b.example"));
    }

    [Fact]
    public async Task NewProcess_CannotListen_OldOneGoesOnAndTheNextTakesOver()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var site = new TakeOverSite();
        using var taken = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        taken.Bind(new UnixDomainSocketEndPoint(Path.Combine(site.Root, "taken.sock")));
        taken.Listen();
        var old = await site.StartAsync();
        await site.ReachableAsync(old);
        await site.SendAsync("a@b.example");
        var configuration = await File.ReadAllTextAsync(site.Configuration);
        site.Write($"server: {{ listen: [ '{site.Address}', 'unix:{site.Root}/taken.sock' ] }}");

        var newer = site.Launch("--take-over");

        Assert.Equal(2, await newer.EndAsync());
        Assert.Contains("another process answers on it", newer.Log, StringComparison.Ordinal);
        await PmilterChild.UntilAsync(() => old.Log.Contains("did not take over, this one goes on as before", StringComparison.Ordinal), () => old.Log);
        await site.SendAsync("a@b.example");
        await File.WriteAllTextAsync(site.Configuration, configuration);
        var status = await CommandRun.OfAsync("status", "-c", site.Configuration);
        Assert.True(status.ExitCode == 0, $"{status.Output}\n{status.Error}\n{old.Log}");
        await site.ReachableAsync(old);
        var third = await site.TakeOverAsync();
        await site.SendAsync("a@b.example");
        Assert.Equal(0, await old.EndAsync());
        Assert.True(await third.StopAsync() == 0, third.Log);
        Assert.Equal(3, await site.CountedAsync("a@b.example"));
    }

    [Fact]
    public async Task NewProcess_VanishesWithEverything_WhatWaitedIsAnswered()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var site = new TakeOverSite();
        var old = await site.StartAsync();
        await site.ReachableAsync(old);
        await using var open = await site.BeginAsync();
        await TakeOverSite.SendAsync(open, "a@b.example");

        var newer = await Predecessor.MeetAsync(site.AdminSocket, site.StateFolder, TimeProvider.System, NullLogger<Predecessor>.Instance, CancellationToken.None);
        Assert.NotNull(newer);
        var held = TakeOverSite.SendAsync(open, "a@b.example");
        var queued = site.SendAsync("a@b.example");
        Assert.False(held.IsCompleted);
        Assert.False(queued.IsCompleted);
        await newer.DisposeAsync();

        Assert.Equal(VerdictKind.Continue, await held);
        Assert.Equal(VerdictKind.Continue, await queued);
        await PmilterChild.UntilAsync(() => old.Log.Contains("this one goes on as before", StringComparison.Ordinal), () => old.Log);
        await open.QuitAsync();
        Assert.Equal(0, await old.StopAsync());
        Assert.Equal(3, await site.CountedAsync("a@b.example"));
        Assert.False(File.Exists(Path.Combine(site.Root, "m.sock")));
    }

    [Fact]
    public async Task NewProcess_KilledWhenItHasTakenOver_OldOneFinishesItsSessionsAndSaysWhatIsLost()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var site = new TakeOverSite();
        var old = await site.StartAsync();
        await site.ReachableAsync(old);
        await using var open = await site.BeginAsync();
        var newer = await site.TakeOverAsync();
        await newer.KillAsync();

        Assert.Equal(VerdictKind.Continue, await TakeOverSite.SendAsync(open, "a@b.example"));
        await open.QuitAsync();

        Assert.Equal(0, await old.EndAsync());
        Assert.Contains("is lost", old.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StateFolder_OfAnotherPlace_IsRefused()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var site = new TakeOverSite();
        var old = await site.StartAsync();
        await site.ReachableAsync(old);

        var refusal = await Assert.ThrowsAsync<ServerStartException>(() => Predecessor.MeetAsync(site.AdminSocket, "/elsewhere", TimeProvider.System, NullLogger<Predecessor>.Instance, CancellationToken.None));

        Assert.Contains($"its state is in {site.StateFolder}, and this configuration has state.dir /elsewhere", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(VerdictKind.Continue, await site.SendAsync("a@b.example"));
        Assert.DoesNotContain("take over", old.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoAdminSocket_CannotTakeOver()
    {
        var refusal = await Assert.ThrowsAsync<ServerStartException>(() => Predecessor.MeetAsync(string.Empty, string.Empty, TimeProvider.System, NullLogger<Predecessor>.Instance, CancellationToken.None));

        Assert.Contains("admin.socket is ''", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stranger_OfAnotherUser_IsTurnedAway()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || !File.Exists("/usr/bin/setpriv") || !File.Exists("/usr/bin/perl"))
        {
            return;
        }

        using var site = new TakeOverSite();
        var old = await site.StartAsync();
        await site.ReachableAsync(old);

        // The file's mode keeps strangers out already; here it does not.
        var everybody = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(site.Root, everybody);
        File.SetUnixFileMode($"{site.AdminSocket}.take-over", everybody);
        const string Ask = "my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die \"$!\"; local $/; print <$s>;";
        using var stranger = Process.Start(new ProcessStartInfo(
            "setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "perl", "-MIO::Socket::UNIX", "-e", Ask, $"{site.AdminSocket}.take-over"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var answer = await stranger.StandardOutput.ReadToEndAsync().WaitAsync(Patience);

        Assert.Contains("only root and the server\\u0027s user (0) may take over", answer, StringComparison.Ordinal);
        await PmilterChild.UntilAsync(() => old.Log.Contains("of user 65534 has tried to take over and was turned away", StringComparison.Ordinal), () => old.Log);
        Assert.Equal(VerdictKind.Continue, await site.SendAsync("a@b.example"));
    }
}
