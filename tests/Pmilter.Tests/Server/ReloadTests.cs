using Pmilter.Commands;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.Server;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Server;

/// <summary>SIGHUP on a running server, over real connections.</summary>
public sealed class ReloadTests : IDisposable
{
    private const string RefusesSpam = "policy: p\nrules:\n  - { id: r, phase: mail, when: \"mail_from = 'spam@b.example'\", then: [ reject: '5.7.1 no {mail_from}' ] }\n";
    private const string RefusesHam = "policy: p\nrules:\n  - { id: r, phase: mail, when: \"mail_from = 'ham@b.example'\", then: [ reject: '5.7.1 no {mail_from}' ] }\n";
    private const string RefusesHelo = "policy: p\nrules:\n  - { id: r, phase: helo, when: \"helo = 'bad'\", then: [ reject: '5.7.1 no {helo}' ] }\n";
    private const string ReadsAList = "policy: p\nlists: { bad: { type: text, file: bad.txt, max_shrink: 30% } }\nrules:\n  - { id: r, phase: mail, when: \"in_list(mail_from, 'bad')\", then: [ reject: '5.7.1 no {mail_from}' ] }\n";

    private readonly SiteFolder _site = new(string.Empty, ("p.yaml", RefusesSpam));

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Reload_WithAnOpenConnection_CountsFromItsNextMessage()
    {
        await using var rig = await StartAsync();
        await using var client = await rig.DialAsync();
        var sender = new MessageSender(client);
        await sender.BeginAsync(Client, "client.example", CancellationToken.None);
        Assert.Equal(VerdictKind.Reject, await VerdictAsync(sender, "spam"));

        Write("p.yaml", RefusesHam);
        rig.Reloader.Reload();

        Assert.Equal(VerdictKind.Continue, await VerdictAsync(sender, "spam"));
        Assert.Equal(VerdictKind.Reject, await VerdictAsync(sender, "ham"));
    }

    [Fact]
    public async Task Reload_NeedsWhatWasNotAgreed_CountsFromTheNextConnection()
    {
        await using var rig = await StartAsync();
        await using var open = await rig.DialAsync();
        var sender = new MessageSender(open);
        await sender.BeginAsync(Client, "bad", CancellationToken.None);

        Write("p.yaml", RefusesHelo);
        rig.Reloader.Reload();

        Assert.Equal(VerdictKind.Reject, await VerdictAsync(sender, "spam"));
        await using var next = await rig.DialAsync();
        var steps = await new MessageSender(next).BeginAsync(Client, "bad", CancellationToken.None);
        Assert.Equal("reject 550 5.7.1 no bad", steps[^1].Reply.ToString());
    }

    [Fact]
    public async Task Reload_OfAMistake_KeepsTheSetInForceAndSaysSo()
    {
        await using var rig = await StartAsync();

        Write("p.yaml", RefusesHam.Replace("mail_from =", "mail_form =", StringComparison.Ordinal));
        rig.Reloader.Reload();

        Assert.Contains(rig.Log.Lines, line => line.Contains("PM104", StringComparison.Ordinal));
        Assert.Contains(rig.Log.Lines, line => line.StartsWith("Error: Policies not reloaded, the server keeps revision", StringComparison.Ordinal));
        Assert.Equal(VerdictKind.Reject, await VerdictAsync(rig, "spam"));
    }

    [Fact]
    public async Task Message_AfterARefusedOne_BeginsAnew_EvenWhereMailIsNotAskedFor()
    {
        Write("p.yaml", "policy: p\nrules:\n  - { id: r, phase: eoh, when: \"subject = 'bad'\", then: [ reject: '5.7.1 no' ] }\n");
        await using var rig = await StartAsync();
        await using var client = await rig.DialAsync();
        var sender = new MessageSender(client);
        await sender.BeginAsync(Client, "client.example", CancellationToken.None);

        foreach (var (subject, expected) in new[] { ("bad", VerdictKind.Reject), ("good", VerdictKind.Continue), ("bad", VerdictKind.Reject), ("good", VerdictKind.Continue) })
        {
            var outcome = await sender.SendAsync(
                new OutgoingMessage { Sender = new EnvelopeAddress("<a@b.example>"), Recipients = [new EnvelopeAddress("<c@d.example>")], Headers = [new MailHeader("Subject"u8.ToArray(), System.Text.Encoding.ASCII.GetBytes(subject))] },
                CancellationToken.None);
            Assert.Equal(expected, outcome.Final.Kind);
        }
    }

    [Fact]
    public void Load_Again_ReadsTheModesOfTheConfiguration()
    {
        File.WriteAllText(_site.Configuration, "policies: { mode: { default: monitor } }\n");
        var diagnostics = new DiagnosticBag();
        var loader = new PolicyLoader(SettingsReader.Read(_site.Configuration, diagnostics), TimeProvider.System) { Modes = SettingsReader.ModesOf(_site.Configuration) };
        Assert.Equal([PolicyMode.Monitor], ModesOf(loader));

        File.WriteAllText(_site.Configuration, "policies: { mode: { p: enforce, default: monitor } }\n");
        Assert.Equal([PolicyMode.Enforce], ModesOf(loader));

        File.WriteAllText(_site.Configuration, "policies: { mode: { p: enfroce } }\n");
        var broken = loader.Load();
        Assert.Equal((null, true), (broken.Set, broken.Diagnostics.HasErrors));

        File.Delete(_site.Configuration);
        Assert.Throws<ServerStartException>(loader.Load);
    }

    private static IEnumerable<PolicyMode> ModesOf(PolicyLoader loader) => loader.Load().Set?.Rules.Select(rule => rule.Rule.Mode) ?? [];

    [Fact]
    public async Task Reload_FolderGone_KeepsTheSetInForce()
    {
        await using var rig = await StartAsync();

        Directory.Delete(Path.Combine(_site.Root, "policies"), recursive: true);
        rig.Reloader.Reload();

        Assert.Equal(VerdictKind.Reject, await VerdictAsync(rig, "spam"));
    }

    [Fact]
    public async Task Reload_ListHalfWritten_KeepsTheLongerOne()
    {
        Write("p.yaml", ReadsAList);
        Write("bad.txt", "a@b.example\nspam@b.example\nc@b.example\n");
        await using var rig = await StartAsync();

        Write("bad.txt", "a@b.example\n");
        rig.Reloader.Reload();
        Assert.Contains(rig.Log.Lines, line => line.Contains("shrank from 3 to 1", StringComparison.Ordinal));
        Assert.Equal(VerdictKind.Reject, await VerdictAsync(rig, "spam"));

        Write("bad.txt", "a@b.example\nham@b.example\nc@b.example\n");
        rig.Reloader.Reload();
        Assert.Equal(VerdictKind.Continue, await VerdictAsync(rig, "spam"));
        Assert.Equal(VerdictKind.Reject, await VerdictAsync(rig, "ham"));
    }

    private static ClientFacts Client { get; } = new("[203.0.113.9]", ClientFamily.Inet, "203.0.113.9", 4321);

    private static async Task<VerdictKind> VerdictAsync(ServerRig rig, string user)
    {
        await using var client = await rig.DialAsync();
        var sender = new MessageSender(client);
        await sender.BeginAsync(Client, "client.example", CancellationToken.None);
        return await VerdictAsync(sender, user);
    }

    private static async Task<VerdictKind> VerdictAsync(MessageSender sender, string user)
    {
        var outcome = await sender.SendAsync(
            new OutgoingMessage { Sender = new EnvelopeAddress($"<{user}@b.example>"), Recipients = [new EnvelopeAddress("<c@d.example>")] },
            CancellationToken.None);
        return outcome.Final.Kind;
    }

    private Task<ServerRig> StartAsync() => ServerRig.StartAsync(
        ServerRig.Options("inet:127.0.0.1:0") with { Policies = Path.Combine(_site.Root, "policies") }, hasPolicies: true);

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_site.Root, "policies", name), text);
}
