using System.Text;
using Pmilter.Postfix.Tests.Rig;

namespace Pmilter.Postfix.Tests.Scenarios;

/// <summary>International mail through a real Postfix: one name is one name, however it is spelt.</summary>
public sealed class SmtpUtf8Tests
{
    private const string Policy = """
        policy: international
        lists:
          unwanted: { type: address, items: ['jürgen@bücher.example'] }
        counters:
          from_one: { phase: mail, count: messages, key: [mail_from], window: 1h }
        rules:
          - id: unwanted
            phase: mail
            when: "in_list(mail_from, 'unwanted') and smtputf8"
            then: [ reject: '5.7.1 {mail_from} is unwanted: über' ]
          - id: many
            phase: mail
            limit: { counter: from_one, max: 1 }
            then: [ reject: '5.7.1 too many' ]
          - id: subject
            phase: eoh
            when: "subject = 'Grüße'"
            then: [ add_header: { name: X-Greets, value: 'yes' } ]
        """;

    [PostfixFact]
    public async Task Sender_InTwoForms_IsRefusedInItsOwnLetters()
    {
        await using var rig = await MailRig.StartAsync(Policy);
        await using var client = await rig.ConnectAsAsync("203.0.113.9");

        Assert.Equal(
            "550 5.7.1 jürgen@xn--bcher-kva.example is unwanted: über", Text(await client.SendAsync("MAIL FROM:<ju\u0308rgen@BU\u0308CHER.example> SMTPUTF8")));
        Assert.StartsWith("550 5.7.1 jürgen@xn--bcher-kva", Text(await client.SendAsync("MAIL FROM:<jürgen@xn--bcher-kva.example> SMTPUTF8")), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.SendAsync("MAIL FROM:<jurgen@bücher.example> SMTPUTF8"), StringComparison.Ordinal);
    }

    [PostfixFact]
    public async Task Messages_OfOneSenderInTwoForms_CountTogether()
    {
        await using var rig = await MailRig.StartAsync(Policy);
        await using var client = await rig.ConnectAsAsync("203.0.113.9");

        Assert.StartsWith("250 2.0.0 Ok", await client.SendMessageAsync("zoë@bücher.example", ["x@maildir.test"], "Subject: Gru\u0308ße\n\n1\n", " SMTPUTF8"), StringComparison.Ordinal);
        Assert.Equal("550 5.7.1 too many", await client.SendAsync("MAIL FROM:<ZOE\u0308@xn--bcher-kva.example> SMTPUTF8"));

        Assert.Contains("X-Greets: yes\n", await rig.Postfix.DeliveredAsync("Gru\u0308ße"), StringComparison.Ordinal);
    }

    /// <summary>The rig's client reads bytes.</summary>
    private static string Text(string reply) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(reply));
}
