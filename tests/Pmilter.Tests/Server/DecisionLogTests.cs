using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Server;

/// <summary>What a postmaster finds in the log.</summary>
public sealed class DecisionLogTests : IDisposable
{
    private readonly SiteFolder _site = new(string.Empty, ("p.yaml", """
        policy: p
        rules:
          - { id: watched, phase: rcpt, mode: monitor, when: "rcpt_to_user = 'ann'", then: [ reject: '5.7.1 no {rcpt_to}' ] }
          - { id: refused, phase: eom, when: "has_header('X-Bad')", then: [ tempfail: '4.7.1 later' ] }

        """));

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Refusal_AndWhatMonitorWouldDo_NameClientSenderAndRecipient()
    {
        await using var rig = await ServerRig.StartAsync(
            ServerRig.Options("inet:127.0.0.1:0") with { Policies = Path.Combine(_site.Root, "policies") }, hasPolicies: true);
        await using var client = await rig.DialAsync();
        var sender = new MessageSender(client);
        await sender.BeginAsync(new ClientFacts("[203.0.113.9]", ClientFamily.Inet, "203.0.113.9", 4321), "client.example", CancellationToken.None);

        var outcome = await sender.SendAsync(
            new OutgoingMessage
            {
                Sender = new EnvelopeAddress("<a\nnotice forged line@b.example>"),
                Recipients = [new EnvelopeAddress("<ann@d.example>"), new EnvelopeAddress("<bob@d.example>")],
                Headers = [MailHeader.Of("X-Bad", "yes")],
                QueueId = "4F2A",
            },
            CancellationToken.None);

        Assert.Equal(VerdictKind.Tempfail, outcome.Final.Kind);
        var lines = rig.Log.Lines.Where(line => line.Contains(" by p/", StringComparison.Ordinal)).Select(line => line[(line.IndexOf(' ', "Information: ".Length) + 1)..]);
        Assert.Equal(
        [
            "- rcpt: would reject by p/watched (monitor): 550 5.7.1 no ann@d.example | 203.0.113.9 ZZ <a?notice forged line@b.example> -> <ann@d.example>",
            "4F2A eom: tempfail by p/refused: 451 4.7.1 later | 203.0.113.9 ZZ <a?notice forged line@b.example> -> <ann@d.example> and 1 more",
        ],
        lines.Select(line => line.Replace('\n', '?')));
    }
}
