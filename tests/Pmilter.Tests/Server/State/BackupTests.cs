using System.Diagnostics;
using Pmilter.Effects.Counters;
using Pmilter.Effects.Counters.Snapshots;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Server.State;

/// <summary>docs/backup.md: copied while the server runs, unpacked elsewhere.</summary>
public sealed class BackupTests : IDisposable
{
    private const string Configuration =
        "server: { listen: [ 'unix:ADDRESS' ] }\ngeoip: { country: '' }\nstate: { dir: state, snapshot_every: 1s }\n";

    private const string Policy = """
        policy: p
        bans:
          b: { key: [mail_from], for: 1h }
        rules:
          - { id: out, phase: mail, when: banned('b'), then: [ reject: '5.7.1 banned' ] }
          - { id: bait, phase: rcpt, when: "rcpt_to_user = 'trap'", then: [ ban: b ] }
        """;

    private readonly SiteFolder _old = new(Configuration, ("p.yaml", Policy));
    private readonly SiteFolder _new = new(string.Empty);

    public void Dispose()
    {
        _old.Dispose();
        _new.Dispose();
    }

    [Fact]
    public async Task Copy_OfARunningServer_GoesOnElsewhere()
    {
        UseOwnSocket(_old);
        using (var running = await PmilterChild.StartAsync(_old.Configuration))
        {
            await SendAsync(_old, "spam@b.example", "trap");
            var banned = DateTimeOffset.UtcNow;
            await PmilterChild.UntilAsync(() => SavedAt() > banned, () => running.Log);
            await TarAsync("-C", _old.Root, "-czf", Path.Combine(_new.Root, "backup.tar.gz"), "--exclude=lock", "--exclude=*.sock", "--exclude=lists", "pmilter.yaml", "policies", "state");
            await running.KillAsync();
        }

        await TarAsync("-C", _new.Root, "-xzf", Path.Combine(_new.Root, "backup.tar.gz"));
        await File.WriteAllTextAsync(_new.Configuration, (await File.ReadAllTextAsync(_new.Configuration)).Replace(_old.Root, _new.Root, StringComparison.Ordinal));
        using var restored = await PmilterChild.StartAsync(_new.Configuration);

        Assert.Equal(VerdictKind.Reject, await SendAsync(_new, "spam@b.example", "bob"));
        Assert.Equal(VerdictKind.Continue, await SendAsync(_new, "other@b.example", "bob"));
        Assert.Equal(0, await restored.StopAsync());
    }

    private static void UseOwnSocket(SiteFolder site) =>
        File.WriteAllText(site.Configuration, File.ReadAllText(site.Configuration).Replace("ADDRESS", Path.Combine(site.Root, "m.sock"), StringComparison.Ordinal));

    /// <summary>When the save was begun: all that was answered before is in it.</summary>
    private DateTimeOffset SavedAt()
    {
        var path = Path.Combine(_old.Root, "state", "state.snapshot");
        if (!File.Exists(path))
        {
            return default;
        }

        using var file = File.OpenRead(path);
        return StateSnapshot.Read(file, new MemoryStateStore(), DateTimeOffset.UtcNow).Created;
    }

    private static async Task TarAsync(params string[] arguments)
    {
        using var tar = Process.Start(new ProcessStartInfo("tar", arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        var errors = await tar.StandardError.ReadToEndAsync();
        await tar.WaitForExitAsync();
        Assert.True(tar.ExitCode == 0, errors);
    }

    private static async Task<VerdictKind> SendAsync(SiteFolder site, string from, string to)
    {
        await using var client = await MilterClient.DialAsync(ServerRig.Parse($"unix:{Path.Combine(site.Root, "m.sock")}"), null, CancellationToken.None);
        var sender = new MessageSender(client);
        await sender.BeginAsync(new ClientFacts("[203.0.113.9]", ClientFamily.Inet, "203.0.113.9", 4321), "client.example", CancellationToken.None);
        var outcome = await sender.SendAsync(
            new OutgoingMessage { Sender = new EnvelopeAddress($"<{from}>"), Recipients = [new EnvelopeAddress($"<{to}@d.example>")] }, CancellationToken.None);
        return outcome.Final.Kind;
    }
}
