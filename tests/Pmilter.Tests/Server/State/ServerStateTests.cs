using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.Server;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Server.State;

/// <summary>A whole server, stopped and started again.</summary>
public sealed class ServerStateTests : IDisposable
{
    private const string Policy = """
        policy: p
        bans:
          b: { key: [mail_from], for: 1h }
        counters:
          c: { phase: mail, count: messages, key: [mail_from], window: 1h }
        rules:
          - { id: out, phase: mail, when: banned('b'), then: [ reject: '5.7.1 banned' ] }
          - { id: many, phase: mail, limit: { counter: c, max: 3 }, then: [ tempfail: '4.7.1 many' ] }
          - { id: bait, phase: rcpt, when: "rcpt_to_user = 'trap'", then: [ ban: b ] }
        """;

    private static readonly ClientFacts Client = new("[203.0.113.9]", ClientFamily.Inet, "203.0.113.9", 4321);

    private readonly SiteFolder _site = new(string.Empty, ("p.yaml", Policy));

    private string State => Path.Combine(_site.Root, "state");

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Restart_CountsAndBans_GoOn()
    {
        await using (var rig = await StartAsync())
        {
            Assert.Equal(VerdictKind.Continue, await SendAsync(rig, "two"));
            Assert.Equal(VerdictKind.Continue, await SendAsync(rig, "two"));
            await SendAsync(rig, "spam", "trap");
        }

        await using var again = await StartAsync();
        Assert.Equal(VerdictKind.Reject, await SendAsync(again, "spam"));
        Assert.Equal(VerdictKind.Continue, await SendAsync(again, "two"));
        Assert.Equal(VerdictKind.Tempfail, await SendAsync(again, "two"));
        Assert.Contains(again.Log.Lines, line => line.StartsWith("Information: State loaded from ", StringComparison.Ordinal) && line.Contains("bans: 1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Restart_GreylistPassesAndMemories_GoOn()
    {
        File.WriteAllText(Path.Combine(_site.Root, "policies", "p.yaml"), """
            policy: p
            greylists:
              g: { key: [client_net, mail_from], delay: 1s }
            memories:
              m: { key: [mail_from] }
            rules:
              - { id: note, phase: mail, when: "mail_from_user = 'friend'", then: [ remember: m ] }
              - { id: grey, phase: mail, unless: "remembered('m')", then: [ greylist: g ] }
            """);
        await using (var rig = await StartAsync())
        {
            Assert.Equal(VerdictKind.Tempfail, await SendAsync(rig, "waits"));
            Assert.Equal(VerdictKind.Tempfail, await SendAsync(rig, "friend"));
            await Task.Delay(TimeSpan.FromSeconds(1.1));
            Assert.Equal(VerdictKind.Continue, await SendAsync(rig, "waits"));
            Assert.Equal(VerdictKind.Continue, await SendAsync(rig, "friend"));
        }

        await using var again = await StartAsync();
        Assert.Equal(VerdictKind.Continue, await SendAsync(again, "waits"));
        Assert.Equal(VerdictKind.Continue, await SendAsync(again, "friend"));
        Assert.Equal(VerdictKind.Tempfail, await SendAsync(again, "new"));
    }

    [Fact]
    public async Task Start_OverABrokenFile_ServesMail()
    {
        Directory.CreateDirectory(State);
        await File.WriteAllTextAsync(Path.Combine(State, "state.snapshot"), "pmst");

        await using var rig = await StartAsync();

        Assert.Equal(VerdictKind.Continue, await SendAsync(rig, "a"));
        Assert.Single(Directory.GetFiles(State, "state.snapshot.broken-*"));
    }

    [Fact]
    public async Task Start_FolderThatNobodyCanWrite_ServesMail()
    {
        await using var rig = await StartAsync("/proc/pmilter-state");

        Assert.Equal(VerdictKind.Continue, await SendAsync(rig, "a"));
        Assert.Single(rig.Log.Lines, line => line.StartsWith("Error: State cannot be saved in /proc/pmilter-state: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_WhileAnotherRunsWithTheFolder_IsRefused()
    {
        await using var rig = await StartAsync();

        var error = await Assert.ThrowsAsync<ServerStartException>(() => StartAsync());

        Assert.Contains("another pmilter runs with it", error.Message, StringComparison.Ordinal);
        Assert.Equal(VerdictKind.Continue, await SendAsync(rig, "a"));
    }

    [Fact]
    public async Task Reload_TellsWhichCountersBeginEmpty()
    {
        await using var rig = await StartAsync();
        await SendAsync(rig, "a");

        Write(Policy.Replace("window: 1h", "window: 2h", StringComparison.Ordinal));
        rig.Reloader.Reload();
        Assert.Contains("Information: Counters that begin empty since their window or key changed: p/c", rig.Log.Lines);
        Assert.DoesNotContain(rig.Log.Lines, line => line.Contains("no rule reads any more", StringComparison.Ordinal));

        await SendAsync(rig, "a");
        Write(Policy.Replace("c: {", "d: {", StringComparison.Ordinal).Replace("counter: c", "counter: d", StringComparison.Ordinal).Replace("max: 3", "max: 4", StringComparison.Ordinal));
        rig.Reloader.Reload();
        Assert.Contains("Information: Counters that no rule reads any more, forgotten: p/c", rig.Log.Lines);
        Assert.Single(rig.Log.Lines, line => line.Contains("window or key changed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reload_RuleThatLeavesMonitorMode_NamesNoCounter()
    {
        Write(Policy.Replace("id: many", "id: many, mode: monitor", StringComparison.Ordinal));
        await using var rig = await StartAsync();
        await SendAsync(rig, "a");

        Write(Policy);
        rig.Reloader.Reload();

        Assert.Contains(rig.Log.Lines, line => line.Contains("Policies reloaded", StringComparison.Ordinal));
        Assert.DoesNotContain(rig.Log.Lines, line => line.Contains("no rule reads", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reload_OtherBounds_NamesNoCounter()
    {
        await using var rig = await StartAsync();
        await SendAsync(rig, "a");

        Write(Policy.Replace("max: 3", "max: 30", StringComparison.Ordinal));
        rig.Reloader.Reload();

        Assert.DoesNotContain(rig.Log.Lines, line => line.Contains("begin empty", StringComparison.Ordinal) || line.Contains("no rule reads", StringComparison.Ordinal));
        Assert.Contains("Debug: Counters that go on: 1", rig.Log.Lines);
    }

    private static async Task<VerdictKind> SendAsync(ServerRig rig, string user, string to = "c")
    {
        await using var client = await rig.DialAsync();
        var sender = new MessageSender(client);
        await sender.BeginAsync(Client, "client.example", CancellationToken.None);
        var outcome = await sender.SendAsync(
            new OutgoingMessage { Sender = new EnvelopeAddress($"<{user}@b.example>"), Recipients = [new EnvelopeAddress($"<{to}@d.example>")] },
            CancellationToken.None);
        return outcome.Final.Kind;
    }

    private void Write(string text) => File.WriteAllText(Path.Combine(_site.Root, "policies", "p.yaml"), text);

    private Task<ServerRig> StartAsync(string? folder = null) => ServerRig.StartAsync(
        ServerRig.Options("inet:127.0.0.1:0") with
        {
            Policies = Path.Combine(_site.Root, "policies"),
            State = new StateSettings { Folder = folder ?? State },
        },
        hasPolicies: true);
}
