using Pmilter.Postfix.Tests.Rig;

namespace Pmilter.Postfix.Tests.Scenarios;

/// <summary>
/// Handlers written for the original pmilter, one a phase, served by <c>pmilter run -c pmilter.conf</c> to a real Postfix. They use every
/// class, method and constant of that API, print what they read, and raise what is not as it was: then the mail is refused.
/// </summary>
public sealed class OriginalTests : IAsyncDisposable
{
    private readonly TestFolder _folder = new("original");
    private PmilterProcess? _pmilter;
    private PostfixInstance? _postfix;

    public async ValueTask DisposeAsync()
    {
        if (_postfix is not null)
        {
            await _postfix.DisposeAsync();
        }

        if (_pmilter is not null)
        {
            await _pmilter.DisposeAsync();
        }

        _folder.Dispose();
    }

    [PostfixFact]
    public async Task EveryHandler_SeesWhatTheOriginalSaw_AndDoesWhatItDid()
    {
        await using var rig = this;
        var (pmilter, postfix) = await StartAsync();
        await using (var client = await SmtpClient.ConnectAsAsync(postfix.Port, "203.0.113.9", "mail.sender.test", "mail.sender.test"))
        {
            Assert.StartsWith("550", await client.SendMessageAsync("spammer@sender.test", ["bob@maildir.test"], "x"), StringComparison.Ordinal);
            await client.SendAsync("RSET");
            await client.SendAsync("NOSUCHCOMMAND");
            var content = $"Subject: hello\nTo: bob@maildir.test\n\nthe body\n{string.Concat(Enumerable.Repeat("and more of it, line after line\n", 6_000))}";
            var reply = await client.SendMessageAsync("alice@sender.test", ["bob@maildir.test"], content);
            Assert.True(reply.StartsWith("250", StringComparison.Ordinal), $"{reply}\n{pmilter.Log}");
            await client.SendAsync("MAIL FROM:<alice@sender.test>");
            await client.SendAsync("RSET");
        }

        var delivered = await postfix.DeliveredAsync("Delivered-To: bob@maildir.test");
        Assert.Contains("X-Pmilter: seen by pmilter in mail mail rcpt", delivered, StringComparison.Ordinal);
        Assert.Contains("Return-Path: <changed@sender.test>", delivered, StringComparison.Ordinal);
        await postfix.DeliveredAsync("Delivered-To: copy@maildir.test");
        await postfix.DeliveredAsync("Delivered-To: third@maildir.test");
        await pmilter.SaysAsync("abort ran");
        await pmilter.SaysAsync("unknown ran");
        await pmilter.SaysAsync("close ran");
        Assert.Equal(0, await pmilter.StopAsync());
        Assert.Contains("postconfig says: postconfig ran", pmilter.Log, StringComparison.Ordinal);
        string[] read =
        [
            "connect client_ipaddr=203.0.113.9 client_hostname=mail.sender.test client_daemon=mx.lab.test myhostname=mx.lab.test",
            "helo helo_hostname=mail.sender.test tls_version= cipher= cipher_bits= cert_subject= cert_issuer=",
            "mail envelope_from=<alice@sender.test> mail_addr=alice@sender.test auth_type= auth_authen= auth_author=",
            "rcpt envelope_to=bob@maildir.test",
            "header Subject=\"hello\"",
            "body bytes=65535 begins=the body",
            "eom envelope_to=bob@maildir.test message_id=",
            "seen=connect,helo,mail,mail,rcpt",
        ];
        Assert.All(read, value => Assert.Contains(value, pmilter.Log, StringComparison.Ordinal));
        Assert.Contains("master_exit says: master_exit ran", pmilter.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("failed", pmilter.Log, StringComparison.Ordinal);
        Assert.Contains("reject by original/handler_mail", pmilter.Log, StringComparison.Ordinal);
    }

    [PostfixFact]
    public async Task HandlerThatIsBrokenLater_RefusesForNow_AndMendedServesAgain()
    {
        await using var rig = this;
        var (_, postfix) = await StartAsync();
        var good = await File.ReadAllTextAsync($"{_folder.Path}/mail.rb");
        File.WriteAllText($"{_folder.Path}/mail.rb", "if this is no Ruby\n");
        Assert.StartsWith("451", await SendAsync(postfix), StringComparison.Ordinal);

        File.WriteAllText($"{_folder.Path}/mail.rb", good);
        Assert.StartsWith("250", await SendAsync(postfix), StringComparison.Ordinal);
    }

    private static async Task<string> SendAsync(PostfixInstance postfix)
    {
        await using var client = await SmtpClient.ConnectAsAsync(postfix.Port, "203.0.113.9", "mail.sender.test", "mail.sender.test");
        return await client.SendMessageAsync("alice@sender.test", ["bob@maildir.test"], "Subject: hello\n\nthe body\n");
    }

    private async Task<(PmilterProcess Pmilter, PostfixInstance Postfix)> StartAsync()
    {
        var port = Ports.Free();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Handlers/original")))
        {
            _folder.Write(Path.GetFileName(file), await File.ReadAllTextAsync(file));
        }

        var configuration = _folder.Write("pmilter.conf", (await File.ReadAllTextAsync($"{_folder.Path}/pmilter.conf")).Replace("12525", $"{port}", StringComparison.Ordinal));
        _pmilter = await PmilterProcess.StartAsync(configuration);
        _postfix = await PostfixInstance.StartAsync($"{_folder.Path}/postfix", $"inet:127.0.0.1:{port}");
        return (_pmilter, _postfix);
    }
}
