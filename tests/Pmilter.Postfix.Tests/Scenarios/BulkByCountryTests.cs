using Pmilter.Postfix.Tests.Rig;

namespace Pmilter.Postfix.Tests.Scenarios;

/// <summary>The main job: refuse for a time by country and volume. The shipped policy with a short hold, since Postfix has no virtual clock.</summary>
public sealed class BulkByCountryTests
{
    private const string Policy = """
        policy: bulk_by_country
        lists:
          watched_countries: { type: country, items: ['RU', 'DE'] }
          partners: { type: cidr, items: ['203.0.113.200/32'] }
        when: "in_list(client_country, 'watched_countries')"
        unless: "in_list(client_ip, 'partners') or authenticated"
        counters:
          same_from:
            phase: eoh
            count: messages
            key: [header_from]
            window: 60s
        rules:
          - id: bulk_same_from
            phase: eoh
            limit: { counter: same_from, max: 3, hold: { for: 3s, after: empty } }
            then:
              - tempfail: '4.7.1 Too much mail from {header_from}, try again in {retry_after}'
        """;

    private const string Refusal = "451 4.7.1 Too much mail from a@spam.example, try again in 3 s";

    [PostfixFact]
    public Task OverTcp_TheFourthCopy_IsRefusedAndReleasedAfterTheHold() => RefuseAndReleaseAsync(isUnix: false, "203.0.113.9");

    [PostfixFact]
    public Task OverAUnixSocket_TheFourthCopy_IsRefusedAndReleasedAfterTheHold() => RefuseAndReleaseAsync(isUnix: true, "203.0.113.9");

    [PostfixFact]
    public Task FromIpv6_TheFourthCopy_IsRefusedAndReleasedAfterTheHold() => RefuseAndReleaseAsync(isUnix: false, "IPV6:2001:db8::25");

    [PostfixFact]
    public async Task OtherCountriesAndPartnersAndUnknownClients_AreNeverHeld()
    {
        await using var rig = await MailRig.StartAsync(Policy);

        foreach (var address in new[] { "192.0.2.7", "203.0.113.200", "[UNAVAILABLE]" })
        {
            for (var i = 0; i < 5; i++)
            {
                Assert.StartsWith("250 2.0.0 Ok", await SendAsync(rig, address), StringComparison.Ordinal);
            }
        }

        Assert.DoesNotContain("tempfail", rig.Pmilter.Log, StringComparison.Ordinal);
    }

    private static async Task RefuseAndReleaseAsync(bool isUnix, string address)
    {
        await using var rig = await MailRig.StartAsync(Policy, isUnix);
        for (var i = 0; i < 3; i++)
        {
            Assert.StartsWith("250 2.0.0 Ok", await SendAsync(rig, address), StringComparison.Ordinal);
        }

        Assert.Equal(Refusal, await SendAsync(rig, address));

        await Task.Delay(TimeSpan.FromSeconds(3.5));
        Assert.StartsWith("250 2.0.0 Ok", await SendAsync(rig, address), StringComparison.Ordinal);
        Assert.Contains("tempfail by bulk_by_country/bulk_same_from", rig.Pmilter.Log, StringComparison.Ordinal);
        Assert.Equal(0, await rig.Pmilter.StopAsync());
    }

    private static async Task<string> SendAsync(MailRig rig, string address)
    {
        await using var client = await rig.ConnectAsAsync(address);
        return await client.SendMessageAsync("a@spam.example", ["bob@discard.test"], "From: A <a@spam.example>\nSubject: hello\n\nbody\n");
    }
}
