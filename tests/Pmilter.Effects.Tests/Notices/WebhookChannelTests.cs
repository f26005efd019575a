using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pmilter.Effects.Notices;
using Pmilter.TestKit;

namespace Pmilter.Effects.Tests.Notices;

public sealed class WebhookChannelTests
{
    [Fact]
    public async Task Send_PostsJsonWhoseTextIsForPeopleAndWhoseSignatureFits()
    {
        await using var sink = new HttpSink();
        using var channel = new WebhookChannel(sink.Url, "key"u8.ToArray());

        Assert.Equal("200 OK", await channel.SendAsync(Reports.Of("Ban of <!channel> & co") with { LeftOut = 7 }, CancellationToken.None));

        var posted = await sink.NextAsync();
        Assert.Equal(("POST", "/hook/secret", "application/json; charset=utf-8", "n-1"), (posted.Method, posted.Path, posted.Headers["Content-Type"], posted.Headers["X-Pmilter-Notice"]));
        Assert.Equal($"sha256={Convert.ToHexStringLower(HMACSHA256.HashData("key"u8, Encoding.UTF8.GetBytes(posted.Body)))}", posted.Headers["X-Pmilter-Signature"]);
        using var json = JsonDocument.Parse(posted.Body);
        Assert.Equal("Ban of &lt;!channel&gt; &amp; co (and 7 more that were not sent)", json.RootElement.GetProperty("text").GetString());
        Assert.Equal(
            ["text", "id", "time", "server", "target", "event", "subject", "key", "until", "policy", "rule", "verdict", "phase", "decision_id", "counter", "count", "max",
                "client_ip", "client_country", "mail_from", "rcpt_to", "sasl_login", "queue_id", "left_out"],
            json.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Equal(("2026-01-05T12:00:00Z", "alice", "<a@spam.example>"), (json.RootElement.GetProperty("until").GetString(), json.RootElement.GetProperty("key")[0].GetString(), json.RootElement.GetProperty("mail_from").GetString()));
    }

    [Theory]
    [InlineData(500, false, "500 Internal Server Error: no\tluck")]
    [InlineData(429, false, "429 Too Many Requests")]
    [InlineData(404, true, "404 Not Found")]
    [InlineData(302, true, "302 Found: redirects are not followed")]
    public async Task Send_Refused_SaysWhyAndWhetherToTryAgain(int status, bool isPermanent, string expected)
    {
        await using var other = new HttpSink();
        await using var sink = new HttpSink(HttpSink.Status(status, "no\tluck", status == 302 ? other.Url.ToString() : null));
        using var channel = new WebhookChannel(sink.Url, null);

        var failure = await Assert.ThrowsAsync<NoticeException>(() => channel.SendAsync(Reports.Of(), CancellationToken.None));

        Assert.Equal(isPermanent, failure.IsPermanent);
        Assert.StartsWith(expected.Replace('\t', ' '), failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, other.Count);
        Assert.DoesNotContain("secret", channel.Name + failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_NobodyListens_MayBeTriedAgain()
    {
        using var channel = new WebhookChannel(new Uri($"http://127.0.0.1:{HttpSink.FreePort()}/hook"), null);

        Assert.False((await Assert.ThrowsAsync<NoticeException>(() => channel.SendAsync(Reports.Of(), CancellationToken.None))).IsPermanent);
    }
}
