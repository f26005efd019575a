using Pmilter.Postfix.Tests.Rig;

namespace Pmilter.Postfix.Tests.Scenarios;

/// <summary>policies/30-greylist.yaml behind a real Postfix, with a delay of two seconds.</summary>
public sealed class GreylistTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(2.1);

    private static string Policy { get; } = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "policies/30-greylist.yaml"))
        .Replace("delay: 5m", "delay: 2s", StringComparison.Ordinal)
        .Replace("trust_client_after: 5", "trust_client_after: 2", StringComparison.Ordinal)
        .Replace("file: lists/partners.txt", "items: ['192.0.2.0/24']", StringComparison.Ordinal);

    [PostfixFact]
    public async Task UnknownClient_IsDelayedOnce_ItsPoolPasses_AndItsNetworkIsTrustedInTheEnd()
    {
        await using var rig = await MailRig.StartAsync(Policy);
        Assert.Equal("451 4.7.1 Greylisted, try again in 2 s", await SendAsync(rig, "203.0.113.9", "a@far.example"));
        Assert.Contains("Greylisted, try again in", await SendAsync(rig, "203.0.113.9", "a@far.example"), StringComparison.Ordinal);

        await Task.Delay(Delay);
        Assert.StartsWith("250", await SendAsync(rig, "203.0.113.200", "a@far.example"), StringComparison.Ordinal);
        Assert.StartsWith("250", await SendAsync(rig, "203.0.113.9", "a@far.example"), StringComparison.Ordinal);

        Assert.StartsWith("451", await SendAsync(rig, "203.0.113.9", "b@far.example"), StringComparison.Ordinal);
        await Task.Delay(Delay);
        Assert.StartsWith("250", await SendAsync(rig, "203.0.113.9", "b@far.example"), StringComparison.Ordinal);
        Assert.StartsWith("250", await SendAsync(rig, "203.0.113.77", "never-seen@far.example"), StringComparison.Ordinal);
        Assert.StartsWith("451", await SendAsync(rig, "198.51.100.1", "never-seen@far.example"), StringComparison.Ordinal);
        Assert.Contains("tempfail by greylist/greylist_unknown", rig.Pmilter.Log, StringComparison.Ordinal);
    }

    [PostfixFact]
    public async Task WhomWeWroteTo_MayAnswerAtOnce_AndPartnersAreNeverAsked()
    {
        await using var rig = await MailRig.StartAsync(Policy);
        Assert.StartsWith("250", await SendAsync(rig, "192.0.2.7", "x@partner.example"), StringComparison.Ordinal);

        await using (var user = await rig.ConnectAsAsync("198.51.100.200", "[UNAVAILABLE] LOGIN=bob"))
        {
            Assert.StartsWith("250", await user.SendMessageAsync("bob@discard.test", ["friend@maildir.test"], "Subject: hello\n\nbody\n"), StringComparison.Ordinal);
        }

        Assert.StartsWith("250", await SendAsync(rig, "203.0.113.9", "friend@maildir.test"), StringComparison.Ordinal);
        Assert.StartsWith("451", await SendAsync(rig, "203.0.113.9", "stranger@maildir.test"), StringComparison.Ordinal);
    }

    private static async Task<string> SendAsync(MailRig rig, string address, string from)
    {
        await using var client = await rig.ConnectAsAsync(address);
        return await client.SendMessageAsync(from, ["bob@discard.test"], "Subject: hello\n\nbody\n");
    }
}
