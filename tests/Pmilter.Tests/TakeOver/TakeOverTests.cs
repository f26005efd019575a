using System.Text.Json;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Replies;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Server;
using Pmilter.Tests.Server.State;

namespace Pmilter.Tests.TakeOver;

public sealed class TakeOverTests
{
    private const int Senders = 4;

    [Fact]
    public async Task TakeOver_UnderLoad_LosesNoConnectionNoMessageAndNoCount()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var site = new TakeOverSite(more: "log: { decisions: decisions.jsonl }\n");
        var old = await site.StartAsync();
        await site.ReachableAsync(old);
        using var stop = new CancellationTokenSource();
        var connections = Enumerable.Range(0, Senders).Select(i => new Load(site, $"c{i}@b.example")).ToArray();
        var sessions = Enumerable.Range(0, Senders).Select(i => new Load(site, $"s{i}@b.example")).ToArray();
        var runs = connections.Select(load => Task.Run(() => load.ConnectAsync(stop.Token))).Concat(sessions.Select(load => Task.Run(() => load.StayAsync(stop.Token)))).ToArray();
        Load[] all = [.. connections, .. sessions];
        await SentAsync(all, 50, () => old.Log);

        var newer = await site.TakeOverAsync();
        await SentAsync(all, 50, () => newer.Log);
        await stop.CancelAsync();
        await Task.WhenAll(runs);

        Assert.Equal(0, await old.EndAsync());
        Assert.Contains("has taken over", old.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("warn", old.Log, StringComparison.Ordinal);
        Assert.Equal(0, await newer.StopAsync());
        Assert.DoesNotContain("warn", newer.Log, StringComparison.Ordinal);
        var counted = await Task.WhenAll(all.Select(load => site.CountedAsync(load.Sender)));
        Assert.Equal(all.Select(load => $"{load.Sender}: {load.Sent}"), all.Zip(counted, (load, count) => $"{load.Sender}: {count}"));

        var lines = Directory.GetFiles(site.Root, "decisions*.jsonl").SelectMany(File.ReadAllLines).ToArray();
        Assert.Equal(all.Sum(load => load.Sent), lines.Length);
        Assert.All(lines, line => JsonDocument.Parse(line).Dispose());
    }

    [Fact]
    public async Task Limit_ReachedByMessagesBeforeAndAfter_Holds()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var site = new TakeOverSite(most: 3);
        var old = await site.StartAsync();
        await site.ReachableAsync(old);
        await using var open = await site.BeginAsync();
        Assert.Equal(VerdictKind.Continue, await TakeOverSite.SendAsync(open, "a@b.example"));

        await site.TakeOverAsync();

        // One there, one by the session that the old process still has, and then neither lets more through.
        Assert.Equal(VerdictKind.Continue, await site.SendAsync("a@b.example"));
        Assert.Equal(VerdictKind.Continue, await TakeOverSite.SendAsync(open, "a@b.example"));
        Assert.Equal(VerdictKind.Tempfail, await site.SendAsync("a@b.example"));
        Assert.Equal(VerdictKind.Tempfail, await TakeOverSite.SendAsync(open, "a@b.example"));
        await open.QuitAsync();
        Assert.Equal(0, await old.EndAsync());
    }

    [Fact]
    public async Task TakeOver_TwiceWhileTheFirstStillHasASession_CountsInOnePlace()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var site = new TakeOverSite();
        var first = await site.StartAsync();
        await site.ReachableAsync(first);
        await using var ofFirst = await site.BeginAsync();
        await TakeOverSite.SendAsync(ofFirst, "a@b.example");
        var second = await site.TakeOverAsync();
        await site.ReachableAsync(second);
        await using var ofSecond = await site.BeginAsync();
        await TakeOverSite.SendAsync(ofSecond, "a@b.example");

        var third = await site.TakeOverAsync();
        await TakeOverSite.SendAsync(ofFirst, "a@b.example");
        await TakeOverSite.SendAsync(ofSecond, "a@b.example");
        await site.SendAsync("a@b.example");
        await ofSecond.QuitAsync();
        Assert.False(second.HasExited);
        await TakeOverSite.SendAsync(ofFirst, "a@b.example");
        var status = await CommandRun.OfAsync("status", "-c", site.Configuration);
        Assert.Matches("take-over +process [0-9]+, from which this one took over, still has sessions", status.Output);
        Assert.Equal(0, status.ExitCode);
        await ofFirst.QuitAsync();

        Assert.Equal(0, await first.EndAsync());
        Assert.Equal(0, await second.EndAsync());
        await PmilterChild.UntilAsync(() => third.Log.Contains("has ended its last session", StringComparison.Ordinal), () => third.Log);
        Assert.Equal(0, await third.StopAsync());
        Assert.Equal(6, await site.CountedAsync("a@b.example"));
        Assert.False(File.Exists(Path.Combine(site.Root, "m.sock")));
    }

    [Fact]
    public async Task Listeners_AddedAndRemovedByTheConfiguration_AreAsItSays()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var site = new TakeOverSite();

        // No other process of this machine has this address.
        var tcp = $"inet:127.{Random.Shared.Next(10, 250)}.{Random.Shared.Next(250)}.{Random.Shared.Next(1, 250)}:8895";
        site.Write($"server: {{ listen: [ '{site.Address}', 'unix:{site.Root}/gone.sock', '{tcp}' ] }}");
        var old = await site.StartAsync();
        await site.ReachableAsync(old);
        site.Write($"server: {{ listen: [ '{tcp}', 'unix:{site.Root}/fresh.sock', '{site.Address}' ] }}");

        var newer = await site.TakeOverAsync();

        Assert.Equal(0, await old.EndAsync());
        foreach (var address in new[] { tcp, $"unix:{site.Root}/fresh.sock", site.Address })
        {
            await using var client = await MilterClient.DialAsync(ServerRig.Parse(address), null, CancellationToken.None);
            Assert.NotNull(client.Agreed);
        }

        await PmilterChild.UntilAsync(() => newer.Log.Contains($"unix:{site.Root}/gone.sock is closed", StringComparison.Ordinal), () => newer.Log);
        Assert.False(File.Exists($"{site.Root}/gone.sock"));
        Assert.Equal(0, await newer.StopAsync());
        Assert.Empty(Directory.GetFiles(site.Root, "*.sock*"));
    }

    [Fact]
    public async Task TakeOver_NobodyRuns_StartsAsEver()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var site = new TakeOverSite();

        var child = await site.StartAsync("--take-over");

        Assert.Contains("there is nobody to take over from", child.Log, StringComparison.Ordinal);
        Assert.Equal(VerdictKind.Continue, await site.SendAsync("a@b.example"));
        Assert.Equal(0, await child.StopAsync());
    }

    private static Task SentAsync(Load[] loads, int more, Func<string> log)
    {
        var before = loads.Select(load => load.Sent).ToArray();
        return PmilterChild.UntilAsync(() => loads.Zip(before).All(load => load.First.Sent >= load.Second + more || load.First.HasFailed), log);
    }

    /// <summary>Messages of one sender. Nothing may fail.</summary>
    private sealed class Load(TakeOverSite site, string sender)
    {
        private int _sent;

        public string Sender => sender;

        public int Sent => Volatile.Read(ref _sent);

        public bool HasFailed { get; private set; }

        /// <summary>Each on a connection of its own.</summary>
        public Task ConnectAsync(CancellationToken stop) => RunAsync(() => site.SendAsync(sender), stop);

        /// <summary>All on one.</summary>
        public async Task StayAsync(CancellationToken stop)
        {
            await using var session = await site.BeginAsync();
            await RunAsync(() => TakeOverSite.SendAsync(session, sender), stop);
            await session.QuitAsync();
        }

        private async Task RunAsync(Func<Task<VerdictKind>> sendAsync, CancellationToken stop)
        {
            try
            {
                while (!stop.IsCancellationRequested)
                {
                    Assert.Equal(VerdictKind.Continue, await sendAsync());
                    Interlocked.Increment(ref _sent);
                }
            }
            catch
            {
                HasFailed = true;
                throw;
            }
        }
    }
}
