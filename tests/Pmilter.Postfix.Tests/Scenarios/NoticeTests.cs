using Pmilter.Postfix.Tests.Rig;

namespace Pmilter.Postfix.Tests.Scenarios;

/// <summary>Notices by mail through the Postfix that asks Pmilter about them.</summary>
public sealed class NoticeTests
{
    private const string Policy = """
        policy: told
        counters:
          people: { phase: rcpt, count: recipients, key: [client_ip], window: 1h }
        rules:
          - { id: bounces, phase: mail, when: is_bounce, then: [ { notify: ops } ] }
          - id: many
            phase: rcpt
            when: "client_ip = '203.0.113.9'"
            limit: { counter: people, max: 1, hold: 1h }
            then:
              - notify: { target: ops, text: 'held: {client_ip}' }
              - tempfail
        """;

    [PostfixFact]
    public async Task Notice_IsDelivered_AndMakesNoNoticeOfItself()
    {
        await using var rig = await MailRig.StartAsync(Policy, more: port => $"notify: {{ ops: {{ mail: ops@maildir.test, via: '127.0.0.1:{port}', at_most: 100 per key per 1h }} }}\n");
        for (var i = 0; i < 5; i++)
        {
            await using var client = await rig.ConnectAsAsync("203.0.113.9");
            await client.SendMessageAsync("a@far.example", ["bob@discard.test"], "Subject: hello\n\nbody\n");
        }

        var held = await rig.Postfix.DeliveredAsync("held: 203.0.113.9");
        Assert.Contains("Return-Path: <>", held, StringComparison.Ordinal);
        Assert.Contains("Auto-Submitted: auto-generated", held, StringComparison.Ordinal);

        // The first notice was mail from here with the null sender: a notice of it would arrive before this one, of a bounce from there.
        await using (var client = await rig.ConnectAsAsync("198.51.100.1"))
        {
            await client.SendMessageAsync(string.Empty, ["bob@discard.test"], "Subject: returned\n\nbody\n");
        }

        await rig.Postfix.DeliveredAsync("client       198.51.100.1");
        Assert.False(rig.Postfix.IsDelivered("client       127.0.0.1"));
    }
}
