using Pmilter.Effects.Notices;
using Pmilter.TestKit;

namespace Pmilter.Effects.Tests.Notices;

public sealed class MailChannelTests
{
    [Fact]
    public async Task Send_HasTheNullSenderAndSaysThatItIsGenerated()
    {
        await using var sink = new SmtpSink();
        using var channel = new MailChannel(Options(sink.Port));

        Assert.Contains("queued as ABC", await channel.SendAsync(Reports.Of("Ban of alice\nBcc: all@example.jp"), CancellationToken.None), StringComparison.Ordinal);

        Assert.Contains(sink.Lines, line => line.StartsWith("MAIL FROM:<>", StringComparison.Ordinal));
        Assert.Contains(sink.Lines, line => line.StartsWith("RCPT TO:<ops@example.jp>", StringComparison.Ordinal));
        var header = sink.Lines.SkipWhile(line => line != "DATA").TakeWhile(line => line.Length > 0).ToArray();
        Assert.Contains("Auto-Submitted: auto-generated", header);
        Assert.Contains("X-Pmilter-Notice: n-1", header);
        Assert.Contains("Subject: [pmilter] Ban of alice", header);
        Assert.Contains("From: Pmilter <postmaster@mx1>", header);
        Assert.Contains("Message-Id: <n-1@mx1>", header);
        Assert.DoesNotContain(header, line => line.StartsWith("Bcc", StringComparison.OrdinalIgnoreCase));
        Assert.Contains("client       203.0.113.9 RU", sink.Lines);
    }

    [Theory]
    [InlineData("451 4.7.1 later", false)]
    [InlineData("550 5.7.1 never", true)]
    public async Task Send_Refused_SaysWhyAndWhetherToTryAgain(string answer, bool isPermanent)
    {
        await using var sink = new SmtpSink(answer);
        using var channel = new MailChannel(Options(sink.Port));

        var failure = await Assert.ThrowsAsync<NoticeException>(() => channel.SendAsync(Reports.Of(), CancellationToken.None));

        Assert.Equal(isPermanent, failure.IsPermanent);
        Assert.Contains(answer[4..], failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_NobodyListens_MayBeTriedAgain()
    {
        using var channel = new MailChannel(Options(HttpSink.FreePort()));

        Assert.False((await Assert.ThrowsAsync<NoticeException>(() => channel.SendAsync(Reports.Of(), CancellationToken.None))).IsPermanent);
    }

    private static MailOptions Options(int port) => new("ops@example.jp", "postmaster@mx1", "127.0.0.1", port, "mx1");
}
