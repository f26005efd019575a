using Pmilter.Postfix.Tests.Rig;

namespace Pmilter.Postfix.Tests.Scenarios;

/// <summary>Protected parties through a real Postfix: mail to the postmaster arrives whatever the rules say.</summary>
public sealed class ProtectionTests
{
    private const string Policy = """
        policy: closed
        rules:
          - { id: nobody, phase: rcpt, then: [ reject: '5.7.1 no mail from you' ] }
          - { id: nothing, phase: eom, then: [ reject: '5.7.1 nothing at all' ] }
        """;

    private const string AtTheEndOnly = """
        policy: closed
        rules:
          - { id: nothing, phase: eom, then: [ reject: '5.7.1 nothing at all' ] }
        """;

    [PostfixFact]
    public async Task Postmaster_GetsMail_ThatNobodyElseGets()
    {
        await using var rig = await MailRig.StartAsync(Policy);
        await using var client = await rig.ConnectAsAsync("203.0.113.9");

        Assert.StartsWith("250", await client.SendAsync("MAIL FROM:<a@spam.example>"), StringComparison.Ordinal);
        Assert.Equal("550 5.7.1 no mail from you", await client.SendAsync("RCPT TO:<x@maildir.test>"));
        Assert.StartsWith("250", await client.SendAsync("RCPT TO:<postmaster@maildir.test>"), StringComparison.Ordinal);
        await client.SendAsync("RSET");
        Assert.StartsWith("250 2.0.0 Ok", await client.SendMessageAsync("a@spam.example", ["postmaster@maildir.test"], "Subject: Help\n\n1\n"), StringComparison.Ordinal);
        Assert.Contains("Subject: Help\n", await rig.Postfix.DeliveredAsync("Help"), StringComparison.Ordinal);
    }

    /// <summary>No rule reads recipients: Postfix is asked for them all the same.</summary>
    [PostfixFact]
    public async Task Recipients_AreKnownAtTheEnd_ThoughNoRuleReadsThem()
    {
        await using var rig = await MailRig.StartAsync(AtTheEndOnly);
        await using var client = await rig.ConnectAsAsync("203.0.113.9");

        Assert.Equal("550 5.7.1 nothing at all", await client.SendMessageAsync("a@spam.example", ["x@maildir.test"], "Subject: One\n\n1\n"));
        Assert.StartsWith("250 2.0.0 Ok", await client.SendMessageAsync("a@spam.example", ["abuse@maildir.test"], "Subject: Two\n\n1\n"), StringComparison.Ordinal);
    }

    [PostfixFact]
    public async Task Client_OfTheList_IsNotRefusedAtConnect()
    {
        const string Refusing = "policy: closed\nrules:\n  - { id: nobody, phase: connect, then: [ reject ] }\n  - { id: nothing, phase: eom, then: [ reject ] }\n";
        await using var rig = await MailRig.StartAsync(Refusing, more: _ => "protect: { clients: [203.0.113.0/24] }\n");
        await using var relay = await rig.ConnectAsAsync("203.0.113.9");

        Assert.StartsWith("250 2.0.0 Ok", await relay.SendMessageAsync("a@relay.example", ["x@maildir.test"], "Subject: Relayed\n\n1\n"), StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => rig.ConnectAsAsync("198.51.100.9"));
        Assert.Contains("554", refused.Message, StringComparison.Ordinal);
    }
}
