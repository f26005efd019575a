using Microsoft.Extensions.Time.Testing;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Tests.Web;

namespace Pmilter.Page.Tests;

/// <summary>An hour of mail at a made-up site, always the same: what the pictures show.</summary>
internal static class BusyDay
{
    public const string Policy = """
        policy: site
        description: What a small site might have.
        counters:
          per_sender: { phase: mail, count: messages, key: [mail_from], window: 1h }
          per_client: { phase: mail, count: messages, key: [client_ip], window: 10m }
        bans:
          spammers: { key: [client_ip], for: [1h, 1d, released] }
        rules:
          - { id: banned, phase: mail, when: "banned('spammers')", then: [ reject: '5.7.1 You are banned here' ] }
          - { id: forged_helo, phase: helo, mode: monitor, description: HELO is an address of ours, when: "helo = 'mail.example.jp'", then: [ reject: '5.7.1 That is our name' ] }
          - { id: far_away, phase: mail, mode: monitor, description: Countries that never write to us, when: "in(client_country, 'KP', 'AQ', 'RU')", then: [ reject: '5.7.1 Not from there' ] }
          - { id: too_many, phase: mail, description: More than a person writes, limit: { counter: per_sender, max: 55, hold: 20m }, then: [ tempfail: '4.7.1 Too many messages, try again later' ] }
          - { id: burst, phase: mail, limit: { counter: per_client, max: 60 }, then: [ tempfail: '4.7.1 Slow down' ] }
          - { id: spam_domain, phase: mail, when: "mail_from_domain = 'casino.example'", then: [ ban: spammers, reject: '5.7.1 Rejected by policy' ] }
          - { id: nobody, phase: rcpt, when: "rcpt_to = 'nobody@example.jp'", then: [ reject: '5.1.1 No such person' ] }
          - { id: lottery, phase: eom, when: "contains(subject, 'lottery')", then: [ quarantine: looks like a lottery ] }

        """;


    public static async Task PlayAsync(PageRig rig, FakeTimeProvider time)
    {
        var dice = new Random(7);
        string[] clients = ["203.0.113.9", "203.0.113.77", "198.51.100.4", "198.51.100.23", "192.0.2.44"];
        string[] senders = ["alice@example.org", "orders@shop.example", "news@letters.example", "bob@partner.example", "carol@example.com"];
        for (var minute = 0; minute < 60; minute++)
        {
            var mails = 2 + dice.Next(4) + (minute is > 30 and < 42 ? 4 : 0);
            for (var i = 0; i < mails; i++)
            {
                var sender = senders[dice.Next(senders.Length)];
                await SendAsync(rig, sender, dice.Next(12) == 0 ? "You have won the lottery" : "Meeting on Monday", clients[dice.Next(clients.Length)], dice.Next(25) == 0 ? "mail.example.jp" : "mx.sender.example");
            }

            if (minute % 19 == 7)
            {
                await SendAsync(rig, "win@casino.example", "Win now", $"192.0.2.{minute + 100}", "casino.example");
                await SendAsync(rig, "win@casino.example", "Win now", $"192.0.2.{minute + 100}", "casino.example");
            }

            time.Advance(TimeSpan.FromMinutes(1));
        }
    }

    private static async Task SendAsync(PageRig rig, string sender, string subject, string client, string helo)
    {
        await using var connection = await rig.Server.DialAsync();
        var message = new MessageSender(connection);
        await message.BeginAsync(new ClientFacts($"[{client}]", ClientFamily.Inet, client, 4321), helo, CancellationToken.None);
        await message.SendAsync(
            new OutgoingMessage
            {
                Sender = new EnvelopeAddress($"<{sender}>"),
                Recipients = [new EnvelopeAddress("<hanako@example.jp>")],
                Headers = [new MailHeader("Subject"u8.ToArray(), System.Text.Encoding.UTF8.GetBytes(subject))],
            },
            CancellationToken.None);
    }
}
