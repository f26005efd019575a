using Pmilter.Protocol.Client;
using Pmilter.Protocol.Replies;
using Pmilter.Reloading;

namespace Pmilter.Tests.Reloading;

public sealed class ReloadUnderLoadTests
{
    private const int Messages = 10_000;
    private const int Reloads = 100;
    private const int Connections = 8;

    /// <summary>The rule at mail scores its version, the one at eom compares: a message under a mix would say so.</summary>
    private static string Version(int version) => $$"""
        policy: p
        rules:
          - { id: begin, phase: mail, then: [ score: {{version}} ] }
          - { id: same, phase: eom, when: "score_total = {{version}}", then: [ add_header: 'X-Version: {{version}}' ] }
          - { id: mixed, phase: eom, when: "score_total <> {{version}}", then: [ add_header: 'X-Version: mixed' ] }
        """;

    [Fact]
    public async Task Messages_AcrossReloadsGoodAndBad_AreAllAnsweredUnderOneSet()
    {
        using var site = new ReloadSite(Version(1));
        await using var rig = await site.StartAsync();
        using var done = new CancellationTokenSource();
        var sent = 0;

        var senders = Enumerable.Range(0, Connections).Select(_ => Task.Run(SendAsync)).ToArray();
        for (var i = 0; i < Reloads; i++)
        {
            // Spread over the messages, whatever the machine's speed.
            while (Volatile.Read(ref sent) < i * Messages / Reloads && !senders.Any(sender => sender.IsFaulted))
            {
                await Task.Yield();
            }

            site.Write(i % 4 == 3 ? "policy: p\nrules: nonsense\n" : Version(2 + i));
            var report = rig.Reloader.Reload(ReloadCause.Command);
            Assert.Equal(i % 4 != 3, report.IsGood);
        }

        var versions = (await Task.WhenAll(senders)).SelectMany(each => each).ToArray();
        Assert.Equal(Messages, versions.Length);
        Assert.DoesNotContain("mixed", versions);
        Assert.InRange(versions.Distinct(StringComparer.Ordinal).Count(), 5, Reloads);
        Assert.DoesNotContain(rig.Log.Lines, line => line.Contains("failed", StringComparison.Ordinal));

        async Task<List<string>> SendAsync()
        {
            var seen = new List<string>();
            await using var client = await rig.DialAsync();
            var session = new MessageSender(client);
            await session.BeginAsync(ReloadSite.Client, "client.example", CancellationToken.None);
            for (var i = 0; i < Messages / Connections; i++)
            {
                var outcome = await ReloadSite.SendAsync(session, "a@b.example");
                seen.Add(Assert.IsType<AddHeader>(Assert.Single(outcome.Message!.Modifications)).Value);
                Interlocked.Increment(ref sent);
            }

            return seen;
        }
    }
}
