using System.Text.Json;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.TestKit.Geo;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Server;

namespace Pmilter.Tests.Admin;

/// <summary><c>pmilter status</c> of a running server: well, after a bad reload, with a script that rests.</summary>
public sealed class StatusTests : IDisposable
{
    private const string Policy = "policy: p\nrules:\n  - { id: spam, phase: mail, when: \"mail_from = 'spam@b.example'\", then: [ reject ] }\n";

    private readonly SiteFolder _site = new(string.Empty, ("p.yaml", Policy));

    private string Socket => Path.Combine(_site.Root, "state", "admin.sock");

    private string PolicyPath => Path.Combine(_site.Root, "policies", "p.yaml");

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Server_ThatIsWell_TellsEachSectionAndEndsWithZero()
    {
        var country = Path.Combine(_site.Root, "country.mmdb");
        await File.WriteAllBytesAsync(country, DocumentationGeo.Nested());
        await using var rig = await StartAsync(country);
        await using var client = await rig.DialAsync();
        await SendAsync(client);

        var run = await AskAsync();

        Assert.True(run.ExitCode == 0, run.Output);
        Assert.Matches(@"(?m)^server    pmilter \S+, up \d+s since 20\S+ \S+Z, 1 session open$", run.Output);
        Assert.Matches(@"(?m)^listener  inet:127\.0\.0\.1:\d+, 1 session open, 1 since the start$", run.Output);
        Assert.Matches(@"(?m)^policies  revision [0-9a-f]{8} since 20\S+ \S+Z, 1 policy, 1 rule$", run.Output);
        Assert.Contains("state     memory\n", run.Output, StringComparison.Ordinal);
        Assert.Matches($@"(?m)^geoip     country {country}, \d+ days old$", run.Output);
        Assert.Contains("ruby      not needed", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("reload", run.Output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await AskAsync("--format", "json")).Output);
        Assert.False(json.RootElement.GetProperty("degraded").GetBoolean());
        Assert.Equal(1, json.RootElement.GetProperty("listeners")[0].GetProperty("sessions").GetInt32());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("policies").GetProperty("reload").ValueKind);
    }

    [Fact]
    public async Task Reload_ThatFails_IsToldUntilOneGoesWell()
    {
        await using var rig = await StartAsync();
        await File.WriteAllTextAsync(PolicyPath, "policy: p\nrules:\n  - { id: spam, phase: mial, then: [ reject ] }\n");
        rig.Reloader.Reload();

        var bad = await AskAsync();
        Assert.Equal(1, bad.ExitCode);
        Assert.Matches(@"(?m)^reload    failed 20\S+ \S+Z: revision [0-9a-f]{8} stays in force$", bad.Output);
        Assert.Matches(@"(?m)^degraded: policies: what is on disk was refused, revision [0-9a-f]{8} stays in force: .*p\.yaml:3: PM\d+: .*mial", bad.Output);
        Assert.Equal(1, (await AskAsync("--format", "json")).ExitCode);

        await File.WriteAllTextAsync(PolicyPath, Policy);
        rig.Reloader.Reload();
        var good = await AskAsync();
        Assert.Equal(0, good.ExitCode);
        Assert.Matches(@"(?m)^reload    went well 20", good.Output);
    }

    [Fact]
    public async Task Script_ThatRests_IsNamedWithItsReason()
    {
        await File.WriteAllTextAsync(Path.Combine(_site.Root, "policies", "bad.rb"), "exit!\n");
        await File.WriteAllTextAsync(Path.Combine(_site.Root, "policies", "good.rb"), "Pmilter.status = Pmilter::SMFIS_CONTINUE\n");
        await File.WriteAllTextAsync(PolicyPath, "policy: p\nrules:\n  - { id: bad, phase: mail, on_error: continue, then: [ { ruby: bad.rb } ] }\n  - { id: good, phase: rcpt, then: [ { ruby: good.rb } ] }\n");
        await using var rig = await StartAsync();
        await using var client = await rig.DialAsync();
        for (var i = 0; i < 12; i++)
        {
            await SendAsync(client);
        }

        await rig.SaysAsync("has timed out or crashed again and again");
        var run = await AskAsync();

        Assert.Equal(1, run.ExitCode);
        Assert.Matches(@"(?m)^ruby      1 of 2 workers alive, 0 busy, 0 calls waiting, \d+ restarts$", run.Output);
        Assert.Matches(@"(?m)^script    \S+bad\.rb rests since 20\S+ \S+Z: it has ended$", run.Output);
        Assert.Matches(@"(?m)^degraded: ruby: \S+bad\.rb has failed so often that it rests: it has ended$", run.Output);
        using var json = JsonDocument.Parse((await AskAsync("--format", "json")).Output);
        Assert.EndsWith("bad.rb", json.RootElement.GetProperty("ruby").GetProperty("resting")[0].GetProperty("script").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoServer_EndsWithThree() => Assert.Equal(3, (await AskAsync()).ExitCode);

    private async Task<ServerRig> StartAsync(string country = "")
    {
        var options = ServerRig.Options("inet:127.0.0.1:0") with { Policies = Path.Combine(_site.Root, "policies"), AdminSocket = Socket };
        var rig = await ServerRig.StartAsync(options with { Geo = new(country, string.Empty, TimeSpan.FromDays(36_500)) }, hasPolicies: true);
        await rig.SaysAsync("Admin socket");
        return rig;
    }

    private Task<CommandRun> AskAsync(params string[] arguments) => CommandRun.OfAsync(["status", .. arguments, "--socket", Socket]);

    private static async Task SendAsync(MilterClient client)
    {
        var sender = new MessageSender(client);
        await sender.BeginAsync(new ClientFacts("[203.0.113.9]", ClientFamily.Inet, "203.0.113.9", 4321), "client.example", CancellationToken.None);
        await sender.SendAsync(new OutgoingMessage { Sender = new EnvelopeAddress("<a@b.example>"), Recipients = [new EnvelopeAddress("<c@d.example>")] }, CancellationToken.None);
    }
}
