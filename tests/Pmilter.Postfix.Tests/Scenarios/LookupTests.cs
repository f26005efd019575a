using Pmilter.Postfix.Tests.Rig;
using Pmilter.TestKit.Dns;

namespace Pmilter.Postfix.Tests.Scenarios;

/// <summary>Recipe 13 of the cookbook behind a real Postfix, with a DNS that answers, and one that does not.</summary>
public sealed class LookupTests
{
    private static string Policy { get; } = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs/examples/cookbook/policies/15-listed-clients.yaml"));

    [PostfixFact]
    public async Task ListedClients_AreRefusedUnlessTheSecondListKnowsThem()
    {
        await using var dns = DnsServer.Start()
            .Add("far.example", DnsRecord.Exchange(10, "mx.far.example"))
            .Add("9.113.0.203.bl.example", DnsRecord.Address("127.0.0.2"))
            .Add("10.113.0.203.bl.example", DnsRecord.Address("127.0.0.2")).Add("10.113.0.203.wl.example", DnsRecord.Address("127.0.5.1"));
        await using var rig = await MailRig.StartAsync(Policy, more: _ => $"dns: {{ servers: ['{dns.EndPoint}'] }}\n");

        Assert.Equal("550 5.7.1 203.0.113.9 is listed, see https://bl.example/", await SendAsync(rig, "203.0.113.9", "a@far.example"));
        Assert.StartsWith("250", await SendAsync(rig, "203.0.113.10", "a@far.example"), StringComparison.Ordinal);
        Assert.StartsWith("250", await SendAsync(rig, "203.0.113.11", "a@far.example"), StringComparison.Ordinal);
        Assert.Equal("550 5.1.8 nowhere.example takes no mail", await SendAsync(rig, "203.0.113.11", "a@nowhere.example"));
    }

    [PostfixFact]
    public async Task DnsThatNeverAnswers_OnErrorDecidesAndAWarningIsWrittenForTheListAndForTheDns()
    {
        await using var dns = DnsServer.Start().Add("far.example", DnsRecord.Exchange(10, "mx.far.example")).Behave("bl.example", DnsBehaviour.IsSilent);
        await using var rig = await MailRig.StartAsync(Policy, more: _ => $"dns: {{ servers: ['{dns.EndPoint}'], timeout: 2s, max_failures: 2 }}\n");
        for (var i = 0; i < 4; i++)
        {
            Assert.StartsWith("250", await SendAsync(rig, $"203.0.113.{i}", "a@far.example"), StringComparison.Ordinal);
        }

        dns.Behave(string.Empty, DnsBehaviour.IsSilent).Behave("bl.example", DnsBehaviour.IsSilent);
        Assert.StartsWith("451", await SendAsync(rig, "203.0.113.40", "a@other.example"), StringComparison.Ordinal);
        Assert.StartsWith("451", await SendAsync(rig, "203.0.113.41", "a@third.example"), StringComparison.Ordinal);
        await rig.Pmilter.SaysAsync("The DNS does not answer");

        // One for the list and one for the DNS; where the machine is so busy that localhost comes late, too, the latter alone.
        Assert.InRange(rig.Pmilter.Log.Split('\n').Count(line => line.Contains("s at a time", StringComparison.Ordinal)), 1, 2);
    }

    private static async Task<string> SendAsync(MailRig rig, string address, string from)
    {
        await using var client = await rig.ConnectAsAsync(address);
        return await client.SendMessageAsync(from, ["bob@discard.test"], "Subject: hello\n\nbody\n");
    }
}
