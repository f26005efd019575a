using System.Text.Json;
using Pmilter.Commands;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.Server;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Server;

/// <summary><c>protect</c> of pmilter.yaml in a running server, and in <c>check</c>.</summary>
public sealed class ProtectionServerTests : IDisposable
{
    private const string Refusing = """
        policy: p
        rules:
          - { id: early, phase: mail, when: "mail_from_user = 'early'", then: [ reject: '5.7.1 no' ] }
          - { id: late, phase: rcpt, then: [ reject: '5.7.1 no' ] }
        """;

    private readonly SiteFolder _site = new("geoip: { country: '' }\nprotect: { clients: relays.txt, logins: [scanner] }\nlog: { decisions: d.jsonl }\n", ("p.yaml", Refusing));

    public ProtectionServerTests() => Relays("192.0.2.0/24\n");

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Clients_OfTheFile_AreLetIn_AndTheFileIsReadAgain()
    {
        await using var rig = await StartAsync();
        Assert.Equal((VerdictKind.Continue, VerdictKind.Reject), (await VerdictAsync(rig, "192.0.2.7"), await VerdictAsync(rig, "198.51.100.7")));

        Relays("198.51.100.0/24\n# another length\n");
        rig.Lists.Check();
        rig.Lists.Check();

        Assert.Equal((VerdictKind.Reject, VerdictKind.Continue), (await VerdictAsync(rig, "192.0.2.7"), await VerdictAsync(rig, "198.51.100.7")));
    }

    [Fact]
    public async Task Clients_WhoseFileIsBrokenLater_StayThoseOfBefore()
    {
        await using var rig = await StartAsync();

        Relays("192.0.2.0/24\nnobody knows\n");
        rig.Lists.Check();
        rig.Lists.Check();

        Assert.Equal(VerdictKind.Continue, await VerdictAsync(rig, "192.0.2.7"));
        Assert.Contains(rig.Log.Lines, line => line.Contains("The list protect.clients, ", StringComparison.Ordinal) && line.Contains("is not exchanged", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sparing_StandsInTheLogAndInTheDecisionLog()
    {
        await using (var rig = await StartAsync())
        {
            Assert.Equal(VerdictKind.Continue, await VerdictAsync(rig, "203.0.113.9", "postmaster@d.example"));
            Assert.Contains(rig.Log.Lines, line => line.Contains("rcpt: protected from reject by p/late: postmaster@d.example is in protect.recipients", StringComparison.Ordinal));
        }

        var line = JsonDocument.Parse(Assert.Single(Directory.GetFiles(_site.Root, "d*.jsonl").SelectMany(File.ReadAllLines))).RootElement;
        var spared = Assert.Single(line.GetProperty("protected").EnumerateArray());
        Assert.Equal(("late", "reject", "recipients", "postmaster@d.example"), (Of("rule"), Of("verdict"), Of("section"), Of("party")));

        string? Of(string name) => spared.GetProperty(name).GetString();
    }

    [Fact]
    public async Task Check_NamesRulesThatDecideBeforeRecipientsAreKnown()
    {
        var run = await CommandRun.OfAsync("check", "-c", _site.Configuration);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Mail for abuse, postmaster may still be refused, before its recipients are known or as the rule says, by p/early.\n", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Everybody would be protected, and no rule would do anything.</summary>
    [Theory]
    [InlineData("relays.txt", "relays.txt:2:")]
    [InlineData("[192.0.2.0/24, '0.0.0.0/1', '128.0.0.0/1']", "pmilter.yaml:1:")]
    public async Task Check_OfClientsThatAreNearlyAll_Warns(string clients, string place)
    {
        File.WriteAllText(_site.Configuration, $"protect: {{ clients: {clients} }}\ngeoip: {{ country: '' }}\n");
        Relays("192.0.2.0/24\n0.0.0.0/1\n128.0.0.0/1\n");

        var run = await CommandRun.OfAsync("check", "-c", _site.Configuration);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(place, run.Output, StringComparison.Ordinal);
        Assert.Contains("PM197: the list 'protect.clients' makes exceptions, and a large part of all addresses lies in 0.0.0.0/1, 128.0.0.0/1", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfAFileThatIsNotThere_IsAnError()
    {
        File.Delete(Path.Combine(_site.Root, "relays.txt"));

        var run = await CommandRun.OfAsync("check", "-c", _site.Configuration);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("pmilter.yaml:2:", run.Output, StringComparison.Ordinal);
        Assert.Contains("relays.txt", run.Output, StringComparison.Ordinal);
    }

    private static async Task<VerdictKind> VerdictAsync(ServerRig rig, string ip, string to = "c@d.example")
    {
        await using var client = await rig.DialAsync();
        var sender = new MessageSender(client);
        await sender.BeginAsync(new ClientFacts($"[{ip}]", ClientFamily.Inet, ip, 4321), "client.example", CancellationToken.None);
        var outcome = await sender.SendAsync(new OutgoingMessage { Sender = new EnvelopeAddress("<a@b.example>"), Recipients = [new EnvelopeAddress($"<{to}>")] }, CancellationToken.None);
        return outcome.Final.Kind;
    }

    private void Relays(string text) => File.WriteAllText(Path.Combine(_site.Root, "relays.txt"), text);

    private Task<ServerRig> StartAsync()
    {
        var diagnostics = new DiagnosticBag();
        var settings = SettingsReader.Read(_site.Configuration, diagnostics);
        Assert.Empty(diagnostics.All);
        return ServerRig.StartAsync(settings with { Listen = ServerRig.Options("inet:127.0.0.1:0").Listen, State = new StateSettings(), AdminSocket = string.Empty }, hasPolicies: true);
    }
}
