using Pmilter.Postfix.Tests.Rig;

namespace Pmilter.Postfix.Tests.Scenarios;

/// <summary>Every change that a policy can ask for, read from what Postfix delivered.</summary>
public sealed class ChangeTests
{
    private const string Policy = """
        policy: changes
        patterns:
          yes: '^yes'
        rules:
          - id: headers
            phase: eom
            when: "has_header('X-Case') and header('X-Case') = 'headers'"
            then:
              - delete_header: 'X-Spam-*'
              - delete_header: { name: X-Many, pattern: yes }
              - change_header: { name: X-Level, index: 2, value: 'changed' }
              - change_header: { name: X-Old, pattern: yes, value: 'grün' }
              - insert_header: { name: X-Top, value: 'top', index: 0 }
              - add_header: 'X-Many: added'
              - subject_prefix: '[EXTERNAL] '
          - id: envelope
            phase: eom
            when: "has_header('X-Case') and header('X-Case') = 'envelope'"
            then:
              - change_sender: 'new@sender.example'
              - delete_recipient: 'gone@maildir.test'
              - add_recipient: 'added@maildir.test'
              - replace_body: "new body\nfor {rcpt_count}\n"
          - id: texts
            phase: eom
            when: "has_header('X-Case') and header('X-Case') = 'texts'"
            then:
              - add_banner: { text: '[outside]', html: '<p>[outside]</p>' }
              - add_footer: 'grün < blau'
        """;

    [PostfixFact]
    public async Task Headers_AreChangedAsWritten()
    {
        await using var rig = await MailRig.StartAsync(Policy);
        await using var client = await rig.ConnectAsAsync("203.0.113.9");
        const string head = "X-Case: headers\nX-Spam-Status: Yes\nX-Many: yes 1\nX-Many: no 2\nX-Many: yes 3\nX-Level: one\nX-Level: two\nX-Old: yes\nX-Spam-Flag: YES\nX-Spam-Status: No\nSubject: all headers\n\n1\n";

        Assert.StartsWith("250 2.0.0 Ok", await client.SendMessageAsync("a@client.example", ["x@maildir.test"], head), StringComparison.Ordinal);
        var message = await rig.Postfix.DeliveredAsync("Subject: [EXTERNAL] all headers");

        Assert.DoesNotContain("X-Spam-", message, StringComparison.Ordinal);
        Assert.Equal(["X-Many: no 2", "X-Many: added"], Lines(message, "X-Many:"));
        Assert.Equal(["X-Level: one", "X-Level: changed"], Lines(message, "X-Level:"));
        Assert.StartsWith("X-Old: =?utf-8?", Assert.Single(Lines(message, "X-Old:")), StringComparison.Ordinal);
        Assert.True(message.IndexOf("X-Top: top", StringComparison.Ordinal) < message.IndexOf("Received:", StringComparison.Ordinal), message);
    }

    [PostfixFact]
    public async Task Envelope_AndBody_AreReplaced()
    {
        await using var rig = await MailRig.StartAsync(Policy);
        await using var client = await rig.ConnectAsAsync("203.0.113.9");

        Assert.StartsWith("250 2.0.0 Ok", await client.SendMessageAsync("a@client.example", ["stays@maildir.test", "gone@maildir.test"], "X-Case: envelope\nSubject: envelope\n\nold body\n"), StringComparison.Ordinal);
        var message = await rig.Postfix.DeliveredAsync("Subject: envelope");

        Assert.Contains("Return-Path: <new@sender.example>", message, StringComparison.Ordinal);
        Assert.EndsWith("\n\nnew body\nfor 2\n", message, StringComparison.Ordinal);
        var log = rig.Postfix.MailLog;
        Assert.Contains("to=<added@maildir.test>", log, StringComparison.Ordinal);
        Assert.DoesNotContain("to=<gone@maildir.test>", log, StringComparison.Ordinal);
    }

    [PostfixFact]
    public async Task Texts_AreAddedToEachAlternative()
    {
        await using var rig = await MailRig.StartAsync(Policy);
        await using var client = await rig.ConnectAsAsync("203.0.113.9");
        const string content = "X-Case: texts\nSubject: texts\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n"
            + "--b\nContent-Type: text/plain\n\nhello\n--b\nContent-Type: text/html; charset=utf-8\n\n<body><p>hello</p></body>\n--b--\n";

        Assert.StartsWith("250 2.0.0 Ok", await client.SendMessageAsync("a@client.example", ["x@maildir.test"], content), StringComparison.Ordinal);
        var message = await rig.Postfix.DeliveredAsync("Subject: texts");

        Assert.EndsWith(
            "--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n[outside]\nhello\ngr=C3=BCn < blau\n\n"
            + "--b\nContent-Type: text/html; charset=utf-8\n\n<body><p>[outside]</p>\n<p>hello</p><p>gr&#252;n &lt; blau</p>\n</body>\n--b--\n",
            message,
            StringComparison.Ordinal);
    }

    private static string[] Lines(string message, string name) =>
        [.. message.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal))];
}
