using Pmilter.Effects.Counters;
using Pmilter.Effects.Counters.Snapshots;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Server.State;

public sealed class KillTests : IDisposable
{
    private const int Kills = 10;

    private const string Policy = """
        policy: p
        bans:
          b: { key: [mail_from], for: 1h }
        counters:
          c: { phase: mail, count: messages, key: [mail_from], window: 1h }
        rules:
          - { id: out, phase: mail, when: banned('b'), then: [ reject: '5.7.1 banned' ] }
          - { id: many, phase: mail, limit: { counter: c, max: 10000000 }, then: [ tempfail: '4.7.1 many' ] }
          - { id: bait, phase: rcpt, when: "rcpt_to_user = 'trap'", then: [ ban: b ] }
        """;

    private readonly SiteFolder _site = new(
        "server: { listen: [ 'unix:m.sock' ] }\ngeoip: { country: '' }\nadmin: { socket: '' }\nstate: { dir: state, snapshot_every: 1s }\n", ("p.yaml", Policy));

    private readonly Dictionary<string, double> _counts = new(StringComparer.Ordinal);

    public KillTests() => File.WriteAllText(
        _site.Configuration, File.ReadAllText(_site.Configuration).Replace("unix:m.sock", Address, StringComparison.Ordinal));

    private string Address => $"unix:{Path.Combine(_site.Root, "m.sock")}";

    private string Snapshot => Path.Combine(_site.Root, "state", "state.snapshot");

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Kill_AtRandomMomentsUnderLoad_LosesAtMostTheLastInterval()
    {
        var random = new Random(4711);
        for (var round = 0; round < Kills; round++)
        {
            using var child = await PmilterChild.StartAsync(_site.Configuration);
            for (var earlier = 0; earlier < round; earlier++)
            {
                Assert.Equal(VerdictKind.Reject, await SendAsync($"spam{earlier}@b.example", "c"));
            }

            await SendAsync($"spam{round}@b.example", "trap");
            var banned = DateTimeOffset.UtcNow;
            var loads = Enumerable.Range(0, 3).Select(i => new MailLoad(Address, $"u{i}@b.example")).ToArray();
            var runs = loads.Select(load => Task.Run(() => load.RunAsync(CancellationToken.None))).ToArray();
            await PmilterChild.UntilAsync(() => WrittenAt() > banned.UtcDateTime + TimeSpan.FromSeconds(1), () => child.Log);
            await Task.Delay(random.Next(1_200));
            await child.KillAsync();
            var killed = DateTimeOffset.UtcNow;
            await Task.WhenAll(runs);

            var created = await CheckAsync(loads);
            Assert.InRange(created, killed - TimeSpan.FromSeconds(1 + 10), killed);
        }
    }

    [Fact]
    public async Task Stop_Gracefully_LosesNothing()
    {
        using var child = await PmilterChild.StartAsync(_site.Configuration);
        using var stop = new CancellationTokenSource();
        var load = new MailLoad(Address, "u@b.example");
        var run = Task.Run(() => load.RunAsync(stop.Token));
        await PmilterChild.UntilAsync(() => load.Begun > 200, () => child.Log);
        await stop.CancelAsync();
        await run;

        Assert.Equal(0, await child.StopAsync());

        Assert.Equal(load.Begun, load.DoneBy(DateTimeOffset.MaxValue));
        await CheckAsync(load);
        Assert.Equal(load.Begun, _counts[load.Sender]);
        Assert.Equal(["lock", "state.snapshot"], Directory.GetFiles(Path.GetDirectoryName(Snapshot)!).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    /// <summary>Everything that was answered before the file was begun is in it, and nothing that was not sent.</summary>
    private async Task<DateTimeOffset> CheckAsync(params MailLoad[] loads)
    {
        var state = new MemoryStateStore();
        await using var file = File.OpenRead(Snapshot);
        var created = StateSnapshot.Read(file, state, DateTimeOffset.UtcNow).Created;
        foreach (var load in loads)
        {
            var found = await new MemoryStateView(state).FindAsync("p/c", load.Sender, DateTimeOffset.UtcNow, CancellationToken.None);
            var before = _counts.GetValueOrDefault(load.Sender);
            Assert.InRange(found?.Value ?? 0, before + load.DoneBy(created), before + load.Begun);
            _counts[load.Sender] = found?.Value ?? 0;
        }

        return created;
    }

    private DateTime WrittenAt() => File.Exists(Snapshot) ? File.GetLastWriteTimeUtc(Snapshot) : default;

    private async Task<VerdictKind> SendAsync(string from, string to)
    {
        await using var client = await MilterClient.DialAsync(ServerRig.Parse(Address), null, CancellationToken.None);
        var sender = new MessageSender(client);
        await sender.BeginAsync(new ClientFacts("[203.0.113.9]", ClientFamily.Inet, "203.0.113.9", 4321), "client.example", CancellationToken.None);
        var outcome = await sender.SendAsync(
            new OutgoingMessage { Sender = new EnvelopeAddress($"<{from}>"), Recipients = [new EnvelopeAddress($"<{to}@d.example>")] }, CancellationToken.None);
        return outcome.Final.Kind;
    }
}
