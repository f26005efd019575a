using Pmilter.Effects.Dns;
using Pmilter.Policies.Facts;
using Pmilter.TestKit.Dns;

namespace Pmilter.Effects.Tests.Dns;

/// <summary>The same against a real resolver.</summary>
public sealed class UnboundTests
{
    private static readonly string[] Odd = ["strong-bad+spam=x._spf.example", "%20{x}~_-!*/.example", "two words,more:1.example"];

    [UnboundFact]
    public async Task Answers_OfARealResolver_AreRead()
    {
        await using var unbound = await UnboundServer.StartAsync(
        [
            "example. 3600 IN SOA ns.example. host.example. 1 3600 600 86400 60",
            "9.113.0.203.zen.example. 300 IN A 127.0.0.4",
            "9.113.0.203.zen.example. 300 IN A 127.0.0.2",
            "host.example. 300 IN A 192.0.2.1",
            "host.example. 300 IN AAAA 2001:db8::1",
            "host.example. 300 IN MX 10 mx.example.",
            "null.example. 300 IN MX 0 .",
            "9.113.0.203.in-addr.arpa. 300 IN PTR host.example.",
            .. Odd.Select(name => $"{name.Replace(" ", "\\032", StringComparison.Ordinal)}. 300 IN A 127.0.0.2"),
            "host.example. 300 IN TXT \"v=spf1 \" \"-all\"",
            .. Enumerable.Range(0, 60).Select(n => $"large.example. 300 IN TXT \"{n:00} {new string('x', 60)}\""),
        ]);
        await using var rig = new DnsRig(new DnsOptions { Timeout = TimeSpan.FromSeconds(10) }, unbound.EndPoint);

        Assert.Equal(["127.0.0.2", "127.0.0.4"], (await rig.AskAsync("9.113.0.203.zen.example", zone: "zen.example")).Records.Order(StringComparer.Ordinal));
        Assert.Equal(NameOutcome.NotFound, (await rig.AskAsync("10.113.0.203.zen.example", zone: "zen.example")).Outcome);
        Assert.Equal(["2001:db8::1"], (await rig.AskAsync("host.example", NameRecordKind.Aaaa)).Records);
        Assert.Equal(["mx.example"], (await rig.AskAsync("host.example", NameRecordKind.Mx)).Records);
        Assert.Equal(["."], (await rig.AskAsync("null.example", NameRecordKind.Mx)).Records);
        Assert.Equal(["host.example"], (await rig.AskAsync("9.113.0.203.in-addr.arpa", NameRecordKind.Ptr)).Records);
        Assert.Equal(["v=spf1 -all"], (await rig.AskAsync("host.example", NameRecordKind.Txt)).Records);
        Assert.Equal(NameOutcome.NoData, (await rig.AskAsync("host.example", NameRecordKind.Ptr)).Outcome);

        // What macros of SPF put into names.
        foreach (var name in Odd)
        {
            Assert.Equal((name, NameOutcome.Found), (name, (await rig.AskAsync(name)).Outcome));
        }

        // Too large for UDP.
        Assert.Equal(60, (await rig.AskAsync("large.example", NameRecordKind.Txt)).Records.Count);
    }
}

/// <summary>Skipped, with the reason, where unbound is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class UnboundFactAttribute : FactAttribute
{
    public UnboundFactAttribute() => Skip = UnboundServer.Program is null ? "unbound is not installed" : null;
}
