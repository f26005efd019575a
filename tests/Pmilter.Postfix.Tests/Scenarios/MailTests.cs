using System.Text;
using Pmilter.Postfix.Tests.Rig;

namespace Pmilter.Postfix.Tests.Scenarios;

public sealed class MailTests
{
    private const string Policy = """
        policy: scenarios
        patterns:
          eight_bit: 'gr.ner'
        rules:
          - id: one_recipient
            phase: rcpt
            when: "rcpt_to = 'refused@discard.test'"
            then:
              - reject: '5.7.1 {rcpt_to} takes no mail'
          - id: unknown_client
            phase: mail
            when: "client_name = '' and mail_from = 'nameless@client.example'"
            then:
              - tempfail: '4.7.1 No name'
          - id: grey_word
            phase: eoh
            when: "contains(subject, '当選')"
            then:
              - reject: '5.7.1 No lottery'
          - id: latin
            phase: eoh
            when: "header('X-Latin') <> ''"
            then:
              - add_header: { name: X-Seen, value: 'latin' }
          - id: suspicious
            phase: eom
            when: "subject = 'hold me'"
            then:
              - quarantine: 'suspicious subject'
          - id: size_limit
            phase: eom
            when: "body_size > 2000000"
            then:
              - reject: '5.3.4 Too big'
          - id: stamp
            phase: eom
            then:
              - add_header: { name: X-Pmilter, value: 'seen {rcpt_count} {body_size}' }
        """;

    [PostfixFact]
    public async Task Recipients_OneRefused_TheOthersGetTheMessageWithTheHeader()
    {
        await using var rig = await MailRig.StartAsync(Policy);
        await using var client = await rig.ConnectAsAsync("203.0.113.9");

        Assert.StartsWith("250", await client.SendAsync("MAIL FROM:<a@client.example>"), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.SendAsync("RCPT TO:<one@maildir.test>"), StringComparison.Ordinal);
        Assert.Equal("550 5.7.1 refused@discard.test takes no mail", await client.SendAsync("RCPT TO:<refused@discard.test>"));
        Assert.StartsWith("250", await client.SendAsync("RCPT TO:<two@discard.test>"), StringComparison.Ordinal);
        Assert.StartsWith("250 2.0.0 Ok", await client.SendContentAsync("Subject: several\n\nhello\n"u8.ToArray()), StringComparison.Ordinal);

        Assert.Contains("X-Pmilter: seen 2 7\n", await rig.Postfix.DeliveredAsync("Subject: several"), StringComparison.Ordinal);
    }

    [PostfixFact]
    public async Task Connection_ThreeMessagesWithResetsBetween_KeepsThemApart()
    {
        await using var rig = await MailRig.StartAsync(Policy);
        await using var client = await rig.ConnectAsAsync("203.0.113.9");

        Assert.StartsWith("250 2.0.0 Ok", await client.SendMessageAsync("a@client.example", ["x@maildir.test"], "Subject: first\n\n1\n"), StringComparison.Ordinal);
        await client.SendAsync("MAIL FROM:<a@client.example>");
        await client.SendAsync("RCPT TO:<y@discard.test>");
        Assert.StartsWith("250", await client.SendAsync("RSET"), StringComparison.Ordinal);
        Assert.StartsWith("550 5.7.1 No lottery", await client.SendMessageAsync("a@client.example", ["x@maildir.test"], "Subject: =?utf-8?B?5b2T6YG4?=\n\n2\n"), StringComparison.Ordinal);
        await client.SendAsync("RSET");
        Assert.StartsWith("250 2.0.0 Ok", await client.SendMessageAsync("a@client.example", ["x@maildir.test"], "Subject: third\n\n333\n"), StringComparison.Ordinal);

        Assert.Contains("X-Pmilter: seen 1 3\n", await rig.Postfix.DeliveredAsync("Subject: first"), StringComparison.Ordinal);
        Assert.Contains("X-Pmilter: seen 1 5\n", await rig.Postfix.DeliveredAsync("Subject: third"), StringComparison.Ordinal);
    }

    [PostfixFact]
    public async Task Client_WithoutAName_IsUnknownToRules()
    {
        await using var rig = await MailRig.StartAsync(Policy);
        await using (var nameless = await rig.ConnectAsAsync("203.0.113.9"))
        {
            Assert.Equal("451 4.7.1 No name", await nameless.SendMessageAsync("nameless@client.example", ["x@discard.test"], "Subject: n\n\n"));
        }

        await using var named = await rig.ConnectAsAsync("203.0.113.9", "mail.client.example");
        Assert.StartsWith("250 2.0.0 Ok", await named.SendMessageAsync("nameless@client.example", ["x@discard.test"], "Subject: n\n\n"), StringComparison.Ordinal);
    }

    [PostfixFact]
    public async Task Quarantine_OfAMessage_HoldsItInTheQueue()
    {
        await using var rig = await MailRig.StartAsync(Policy);
        await using var client = await rig.ConnectAsAsync("203.0.113.9");

        Assert.StartsWith("250 2.0.0 Ok", await client.SendMessageAsync("a@client.example", ["x@maildir.test"], "Subject: hold me\n\n1\n"), StringComparison.Ordinal);

        Assert.Contains("\"queue_name\": \"hold\"", await rig.Postfix.QueueAsync(), StringComparison.Ordinal);
        Assert.False(rig.Postfix.IsDelivered("Subject: hold me"));
    }

    [PostfixFact]
    public async Task Header_OfEightBitBytes_PassesUnchanged()
    {
        await using var rig = await MailRig.StartAsync(Policy);
        await using var client = await rig.ConnectAsAsync("203.0.113.9");
        await client.SendAsync("MAIL FROM:<a@client.example>");
        await client.SendAsync("RCPT TO:<x@maildir.test>");

        Assert.StartsWith("250 2.0.0 Ok", await client.SendContentAsync(Encoding.Latin1.GetBytes("Subject: bytes\nX-Latin: gr\u00fcner\n\n1\n")), StringComparison.Ordinal);

        Assert.Contains("X-Seen: latin\n", await rig.Postfix.DeliveredAsync("Subject: bytes"), StringComparison.Ordinal);
    }

    [PostfixFact]
    public async Task Smtputf8_AddressesAndSubject_AreUnderstood()
    {
        await using var rig = await MailRig.StartAsync(Policy);
        await using var client = await rig.ConnectAsAsync("203.0.113.9");

        Assert.StartsWith("250 2.0.0 Ok", await client.SendMessageAsync("grün@client.example", ["x@maildir.test"], "Subject: utf8 héllo\n\n1\n", " SMTPUTF8 BODY=8BITMIME"), StringComparison.Ordinal);
        Assert.StartsWith("550 5.7.1 No lottery", await client.SendMessageAsync("grün@client.example", ["x@maildir.test"], "Subject: 当選です\n\n1\n", " SMTPUTF8"), StringComparison.Ordinal);

        Assert.Contains("X-Pmilter: seen 1 3\n", await rig.Postfix.DeliveredAsync("Subject: utf8"), StringComparison.Ordinal);
    }

    [PostfixFact]
    public async Task Body_OfAMegabyte_IsCountedAndDelivered()
    {
        await using var rig = await MailRig.StartAsync(Policy, isUnix: true);
        await using var client = await rig.ConnectAsAsync("203.0.113.9");
        var body = string.Concat(Enumerable.Repeat(new string('x', 62) + "\n", 16384));

        Assert.StartsWith("250 2.0.0 Ok", await client.SendMessageAsync("a@client.example", ["x@maildir.test"], $"Subject: big\n\n{body}"), StringComparison.Ordinal);

        Assert.Contains("X-Pmilter: seen 1 1048576\n", await rig.Postfix.DeliveredAsync("Subject: big"), StringComparison.Ordinal);
    }

    [PostfixFact]
    public async Task Swaks_WithXclient_IsAnsweredAlike()
    {
        if (!File.Exists("/usr/bin/swaks"))
        {
            return;
        }

        await using var rig = await MailRig.StartAsync(Policy);

        var (exitCode, output) = await Tool.RunAsync("/usr/bin/swaks", [
            "--server", $"127.0.0.1:{rig.Postfix.Port}", "--from", "a@client.example", "--to", "refused@discard.test",
            "--xclient-addr", "203.0.113.9", "--xclient-name", "mail.client.example"]);

        Assert.Equal(24, exitCode);
        Assert.Contains("550 5.7.1 refused@discard.test takes no mail", output, StringComparison.Ordinal);
    }
}
