using System.Text.Json;
using Pmilter.Effects.Dns;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Server;
using Pmilter.TestKit.Dns;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Server;

/// <summary>A whole server and a real DNS, good and dead.</summary>
public sealed class LookupServerTests : IDisposable
{
    private const string Policy = """
        policy: p
        rules:
          - { id: listed, phase: mail, when: "dnsbl('zen.example') <> ''", on_error: tempfail, then: [ reject: '5.7.1 listed' ] }
          - { id: nameless, phase: rcpt, mode: monitor, when: "not has_mx(mail_from_domain)", then: [ reject ] }
        """;

    private readonly SiteFolder _site = new(string.Empty, ("p.yaml", Policy));

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Lookups_OfARunningServer_DecideAndAreRecorded()
    {
        await using var dns = DnsServer.Start().Add("9.113.0.203.zen.example", DnsRecord.Address("127.0.0.2")).Add("b.example", DnsRecord.Exchange(10, "mx.b.example"));
        await using (var rig = await StartAsync(dns, TimeSpan.FromSeconds(5)))
        {
            Assert.Equal("reject 550 5.7.1 listed", await SendAsync(rig, "203.0.113.9"));
            Assert.Equal("continue", await SendAsync(rig, "203.0.113.10"));
            Assert.Equal("reject 550 5.7.1 listed", await SendAsync(rig, "203.0.113.9"));
        }

        Assert.Equal(["A udp 9.113.0.203.zen.example", "A udp 10.113.0.203.zen.example", "MX udp b.example"], dns.Asked.Distinct());
        var values = Directory.EnumerateFiles(Path.Combine(_site.Root, "log")).SelectMany(File.ReadAllLines).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("values")).ToArray();
        Assert.Equal(["127.0.0.2", string.Empty, "127.0.0.2"], values.Select(value => value.GetProperty("dnsbl('zen.example')").GetString()));
        Assert.True(values[1].GetProperty("has_mx(mail_from_domain)").GetBoolean());
    }

    [Fact]
    public async Task Dns_ThatNeverAnswers_OnErrorDecidesAndOneWarningIsWritten()
    {
        await using var dns = DnsServer.Start().Behave(string.Empty, DnsBehaviour.IsSilent);
        await using var rig = await StartAsync(dns, TimeSpan.FromMilliseconds(60));
        for (var i = 0; i < 40; i++)
        {
            Assert.Equal("tempfail 451 4.7.1 Please try again later", await SendAsync(rig, $"203.0.113.{i}"));
        }

        var warnings = rig.Log.Lines.Where(line => line.StartsWith("Warning", StringComparison.Ordinal)).ToArray();
        Assert.Equal("Warning: The DNS does not answer (no answer in time): it is left alone for 10 s at a time; rules' on_error decides", Assert.Single(warnings));
        Assert.InRange(dns.Asked.Count, 5, 12);
    }

    private async Task<ServerRig> StartAsync(DnsServer dns, TimeSpan timeout) => await ServerRig.StartAsync(
        ServerRig.Options("inet:127.0.0.1:0") with
        {
            Policies = Path.Combine(_site.Root, "policies"),
            Dns = new DnsOptions { Servers = [dns.EndPoint], Timeout = timeout },
            Log = new LogSettings("notice", IsJson: false, string.Empty) { Decisions = Path.Combine(_site.Root, "log", "d.jsonl") },
        },
        hasPolicies: true);

    /// <summary><c>continue</c>, or the verdict and the reply that ended it.</summary>
    private static async Task<string> SendAsync(ServerRig rig, string address)
    {
        await using var client = await rig.DialAsync();
        var sender = new MessageSender(client);
        await sender.BeginAsync(new ClientFacts($"[{address}]", ClientFamily.Inet, address, 4321), "mail.b.example", CancellationToken.None);
        var message = new OutgoingMessage { Sender = new EnvelopeAddress("<a@b.example>"), Recipients = [new EnvelopeAddress("<c@d.example>")] };
        return (await sender.SendAsync(message, CancellationToken.None)).Final.ToString();
    }
}
