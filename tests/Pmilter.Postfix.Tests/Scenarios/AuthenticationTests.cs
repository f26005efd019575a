using System.Security.Cryptography;
using System.Text;
using Pmilter.Postfix.Tests.Rig;
using Pmilter.TestKit.Dns;

namespace Pmilter.Postfix.Tests.Scenarios;

/// <summary>Our own SPF, DKIM and DMARC behind a real Postfix, with a real resolver: what is delivered says what was found.</summary>
public sealed class AuthenticationTests
{
    private const string Policy = """
        policy: auth
        rules:
          - { id: spoofed, phase: rcpt, when: "auth_result('spf') = 'fail'", then: [ reject: '5.7.23 {client_ip} may not send for {mail_from_domain}' ] }
          - { id: failed_dmarc, phase: eom, when: "auth_result('dmarc') = 'fail' and dmarc_policy = 'reject'", then: [ reject: '5.7.26 DMARC of {header_from_domain} has failed' ] }
        """;

    private static readonly RSA Key = RSA.Create(2048);

    [PostfixFact(NeedsUnbound = true)]
    public async Task Mail_IsCheckedAndSaysSo()
    {
        var key = $"v=DKIM1; p={Convert.ToBase64String(Key.ExportSubjectPublicKeyInfo())}";
        await using var unbound = await UnboundServer.StartAsync(
        [
            "example. 3600 IN SOA ns.example. host.example. 1 3600 600 86400 60",
            "sender.example. 300 IN TXT \"v=spf1 a:mail.sender.example include:_spf.sender.example -all\"",
            "_spf.sender.example. 300 IN TXT \"v=spf1 exists:%{ir}.%{v}._spf.sender.example ~all\"",
            "mail.sender.example. 300 IN A 203.0.113.9",
            "_dmarc.sender.example. 300 IN TXT \"v=DMARC1; p=reject\"",
            $"sel._domainkey.sender.example. 300 IN TXT \"{key[..200]}\" \"{key[200..]}\"",
            "forwarder.example. 300 IN TXT \"v=spf1 +all\"",
        ]);
        await using var rig = await MailRig.StartAsync(Policy, more: _ => $"dns: {{ servers: ['{unbound.EndPoint}'], timeout: 7s }}\nauth: {{ check: true, name: mx.example.jp }}\n");

        Assert.StartsWith("250", await SendAsync(rig, "203.0.113.9", "joe@sender.example", "Authentication-Results: mx.example.jp; dmarc=fail\nFrom: joe@sender.example\nSubject: direct\n\nbody\n"), StringComparison.Ordinal);
        var direct = await rig.Postfix.DeliveredAsync("Subject: direct");
        var field = Unfolded(direct);
        Assert.Equal("Authentication-Results: mx.example.jp; spf=pass smtp.mailfrom=sender.example; dkim=none; dmarc=pass (p=reject) header.from=sender.example", field);
        Assert.True(direct.IndexOf("Authentication-Results:", StringComparison.Ordinal) < direct.IndexOf("Received:", StringComparison.Ordinal), direct);

        Assert.StartsWith("250", await SendAsync(rig, "203.0.113.50", "list@forwarder.example", Signed("forwarded")), StringComparison.Ordinal);
        var forwarded = Unfolded(await rig.Postfix.DeliveredAsync("Subject:  forwarded"));
        Assert.StartsWith("Authentication-Results: mx.example.jp; spf=pass smtp.mailfrom=forwarder.example; dkim=pass header.d=sender.example header.s=sel header.b=", forwarded, StringComparison.Ordinal);
        Assert.EndsWith("; dmarc=pass (p=reject) header.from=sender.example", forwarded, StringComparison.Ordinal);

        Assert.Equal("550 5.7.23 203.0.113.50 may not send for sender.example", await SendAsync(rig, "203.0.113.50", "joe@sender.example", "From: joe@sender.example\n\nbody\n"));
        Assert.Equal("550 5.7.26 DMARC of sender.example has failed", await SendAsync(rig, "203.0.113.50", "list@forwarder.example", Signed("changed").Replace("it is me", "it is you", StringComparison.Ordinal)));
        Assert.Equal("550 5.7.26 DMARC of sender.example has failed", await SendAsync(rig, "203.0.113.50", "list@forwarder.example", "From: joe@sender.example\nAuthentication-Results: mx.example.jp; dmarc=pass\n\nbody\n"));
    }

    /// <summary>Simple header canonicalisation: every space counts, the one after the colon too.</summary>
    private static string Signed(string subject)
    {
        const string Body = "Dear reader,\n\nit is me\n";
        var fields = new[] { ("From", " Joe\r\n\t<joe@sender.example>"), ("Subject", $"  {subject}"), ("To", "bob@maildir.test") };
        var bodyHash = Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes(Body.ReplaceLineEndings("\r\n"))));
        var tags = $" v=1; a=rsa-sha256; c=simple/simple; d=sender.example; s=sel;\r\n\th=From:Subject:To; bh={bodyHash}; b=";
        var signed = string.Concat(fields.Select(field => $"{field.Item1}:{field.Item2}\r\n")) + $"DKIM-Signature:{tags}";
        var signature = Convert.ToBase64String(Key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        return $"DKIM-Signature:{tags}{signature}\r\n{string.Concat(fields.Select(field => $"{field.Item1}:{field.Item2}\r\n"))}\r\n{Body}".ReplaceLineEndings("\n");
    }

    private static string Unfolded(string message) =>
        Assert.Single(message.ReplaceLineEndings("\n").Replace("\n\t", " ", StringComparison.Ordinal).Split('\n'), line => line.StartsWith("Authentication-Results:", StringComparison.Ordinal));

    private static async Task<string> SendAsync(MailRig rig, string address, string from, string message)
    {
        await using var client = await rig.ConnectAsAsync(address);
        return await client.SendMessageAsync(from, ["bob@maildir.test"], message);
    }
}
