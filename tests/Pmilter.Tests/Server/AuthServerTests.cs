using System.Text.Json;
using Pmilter.Effects.Dns;
using Pmilter.Policies.Authentication;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.Server;
using Pmilter.TestKit.Dns;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Server;

/// <summary>A whole server that checks by itself, and a real DNS, good and dead.</summary>
public sealed class AuthServerTests : IDisposable
{
    private const string Policy = """
        policy: p
        rules:
          - { id: spoofed, phase: rcpt, mode: monitor, when: "auth_result('spf') = 'fail'", then: [ reject ] }
        """;

    private readonly SiteFolder _site = new(string.Empty, ("p.yaml", Policy));

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Results_AreWrittenIntoTheMessageAndTheDecisionLog()
    {
        await using var dns = DnsServer.Start().Add("b.example", DnsRecord.Text("v=spf1 ", "ip4:203.0.113.9 -all"));
        await using (var rig = await StartAsync(dns, TimeSpan.FromSeconds(5)))
        {
            Assert.Equal("mx.example.jp;\n\tspf=pass smtp.mailfrom=b.example;\n\tdkim=none;\n\tdmarc=permerror (no From domain)", await SendAsync(rig, "203.0.113.9"));
            Assert.Equal("mx.example.jp;\n\tspf=fail smtp.mailfrom=b.example;\n\tdkim=none;\n\tdmarc=permerror (no From domain)", await SendAsync(rig, "203.0.113.10"));
        }

        var values = Directory.EnumerateFiles(Path.Combine(_site.Root, "log")).SelectMany(File.ReadAllLines).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("values")).ToArray();
        Assert.Equal(["pass", "fail"], values.Select(value => value.GetProperty("auth_result('spf')").GetString()));
    }

    [Fact]
    public async Task Dns_ThatNeverAnswers_RefusesNothing()
    {
        await using var dns = DnsServer.Start().Behave(string.Empty, DnsBehaviour.IsSilent);
        await using var rig = await StartAsync(dns, TimeSpan.FromMilliseconds(60));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal($"mx.example.jp;\n\tspf=temperror smtp.mailfrom=b{i}.example;\n\tdkim=none;\n\tdmarc=permerror (no From domain)", await SendAsync(rig, "203.0.113.9", $"b{i}.example"));
        }

        Assert.Single(rig.Log.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
    }

    private async Task<ServerRig> StartAsync(DnsServer dns, TimeSpan timeout) => await ServerRig.StartAsync(
        ServerRig.Options("inet:127.0.0.1:0") with
        {
            Policies = Path.Combine(_site.Root, "policies"),
            Authentication = new AuthenticationOptions("mx.example.jp", []),
            Dns = new DnsOptions { Servers = [dns.EndPoint], Timeout = timeout },
            Log = new LogSettings("notice", IsJson: false, string.Empty) { Decisions = Path.Combine(_site.Root, "log", "d.jsonl") },
        },
        hasPolicies: true);

    private static async Task<string> SendAsync(ServerRig rig, string address, string domain = "b.example")
    {
        await using var client = await rig.DialAsync();
        var sender = new MessageSender(client);
        await sender.BeginAsync(new ClientFacts($"[{address}]", ClientFamily.Inet, address, 4321), "mail.b.example", CancellationToken.None);
        var message = new OutgoingMessage { Sender = new EnvelopeAddress($"<a@{domain}>"), Recipients = [new EnvelopeAddress("<c@d.example>")] };
        var answer = await sender.SendAsync(message, CancellationToken.None);
        return Assert.Single((answer.Message?.Modifications ?? []).OfType<InsertHeader>()).Value.Replace("\n ", "\n", StringComparison.Ordinal).TrimStart();
    }
}
