using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Pmilter.Commands;
using Pmilter.Policies.Protecting;
using Pmilter.Policies.Syntax;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Reloading;
using Pmilter.Tests.Server;

namespace Pmilter.Tests.Safety;

/// <summary><c>pmilter mode</c> and <c>block</c> on a running server.</summary>
public sealed class SafetyCommandTests : IDisposable
{
    private const string Policy = """
        policy: p
        rules:
          - { id: spam, phase: mail, when: "mail_from_user = 'spam'", then: [ reject: '5.7.1 no' ] }
          - { id: other, phase: mail, when: "mail_from_user = 'other'", then: [ reject: '5.7.1 no' ] }
          - { id: watched, phase: mail, mode: monitor, when: "mail_from_user = 'watched'", then: [ reject: '5.7.1 no' ] }
        """;

    private readonly ReloadSite _site = new(Policy);

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Mode_Monitor_LetsMailThroughUntilEnforce()
    {
        await using var rig = await _site.StartAsync();
        Assert.Equal(VerdictKind.Reject, await VerdictAsync(rig, "spam"));

        var run = await AskAsync("mode", "spam", "monitor", "--for", "1h", "--reason", "refuses customers");

        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"^p/spam is in monitor until \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\.\n$", run.Output);
        Assert.Equal((VerdictKind.Continue, VerdictKind.Reject), (await VerdictAsync(rig, "spam"), await VerdictAsync(rig, "other")));
        Assert.Matches(@"(?m)^mode +p/spam in monitor until .*Z, by .*: refuses customers$", (await AskAsync("status")).Output);
        Assert.Equal("p/spam is as its file says: enforce.\n", (await AskAsync("mode", "spam", "enforce")).Output);
        Assert.Equal(VerdictKind.Reject, await VerdictAsync(rig, "spam"));
    }

    [Fact]
    public async Task Mode_All_LowersEveryRule_AndAllAgainRaisesWhatWasLoweredSingly()
    {
        await using var rig = await _site.StartAsync();
        await AskAsync("mode", "spam", "monitor", "--for", "1h");

        await AskAsync("mode", "all", "monitor", "--for", "1h");
        Assert.Equal((VerdictKind.Continue, VerdictKind.Continue), (await VerdictAsync(rig, "spam"), await VerdictAsync(rig, "other")));
        Assert.Contains("'pmilter mode all enforce' ends that", (await AskAsync("mode", "other", "enforce")).Error, StringComparison.Ordinal);

        await AskAsync("mode", "all", "enforce");
        Assert.Equal((VerdictKind.Reject, VerdictKind.Reject), (await VerdictAsync(rig, "spam"), await VerdictAsync(rig, "other")));
        Assert.Equal(VerdictKind.Continue, await VerdictAsync(rig, "watched"));
    }

    [Fact]
    public async Task Interventions_OutlastAReloadAndARestart()
    {
        await using (var rig = await _site.StartAsync())
        {
            await AskAsync("mode", "spam", "monitor", "--for", "1h");
            await AskAsync("block", "mail_from_user=blocked", "--for", "1h");
            _site.Write(Policy + "\n# changed\n");
            Assert.True(rig.Reloader.Reload().IsGood);
            Assert.Equal((VerdictKind.Continue, VerdictKind.Tempfail), (await VerdictAsync(rig, "spam"), await VerdictAsync(rig, "blocked")));
        }

        await using var again = await _site.StartAsync();
        Assert.Equal((VerdictKind.Continue, VerdictKind.Tempfail), (await VerdictAsync(again, "spam"), await VerdictAsync(again, "blocked")));
        Assert.Equal(VerdictKind.Reject, await VerdictAsync(again, "other"));
    }

    [Fact]
    public async Task Interventions_EndByThemselves()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var rig = await ServerRig.StartAsync(_site.Settings, time, hasPolicies: true);
        await AskAsync("mode", "spam", "monitor", "--for", "1h");
        await AskAsync("block", "mail_from_user=blocked", "--for", "30m");

        time.Advance(TimeSpan.FromMinutes(59));
        await rig.SaysAsync("Block b1, mail_from_user=blocked, is over");
        Assert.Equal((VerdictKind.Continue, VerdictKind.Continue), (await VerdictAsync(rig, "spam"), await VerdictAsync(rig, "blocked")));
        time.Advance(TimeSpan.FromMinutes(2));
        await rig.SaysAsync("p/spam is as the files say again: its time is over");
        Assert.Equal(VerdictKind.Reject, await VerdictAsync(rig, "spam"));
    }

    [Fact]
    public async Task Mode_WhilePoliciesOnDiskAreBroken_ChangesWhatIsInForce()
    {
        await using var rig = await _site.StartAsync();
        _site.Write("policy: p\nrules: [ half written");

        Assert.Equal(0, (await AskAsync("mode", "spam", "monitor", "--for", "1h")).ExitCode);

        Assert.Equal((VerdictKind.Continue, VerdictKind.Reject), (await VerdictAsync(rig, "spam"), await VerdictAsync(rig, "other")));
    }

    [Fact]
    public async Task Mode_AfterARefusedReload_KeepsWhatWasInForce()
    {
        await using var rig = await _site.StartAsync();
        _site.Write(Policy.Replace("'other'", "'others", StringComparison.Ordinal));
        Assert.False(rig.Reloader.Reload().IsGood);

        await AskAsync("mode", "spam", "monitor", "--for", "1h");

        Assert.Equal(VerdictKind.Reject, await VerdictAsync(rig, "other"));
    }

    [Theory]
    [InlineData("p/watched is in monitor by its file or policies.mode: it refuses nothing", "mode", "watched", "monitor", "--for", "1h")]
    [InlineData("p/watched is in monitor by its file or policies.mode; 'pmilter promote'", "mode", "watched", "enforce")]
    [InlineData("p/spam enforces already", "mode", "spam", "enforce")]
    [InlineData("There is no rule 'spma'; did you mean 'spam'?", "mode", "spma", "monitor", "--for", "1h")]
    [InlineData("How long? Give --for 1h", "mode", "spam", "monitor")]
    [InlineData("--for has no meaning", "mode", "spam", "enforce", "--for", "1h")]
    [InlineData("How long? Give --for 1h", "block", "client_ip=203.0.113.9")]
    [InlineData("there is no field 'client_contry'; did you mean 'client_country'?", "block", "client_contry=RU", "--for", "1h")]
    [InlineData("'client_ip' is not FIELD=VALUE", "block", "client_ip", "--for", "1h")]
    [InlineData("'203.0.113.9/24' is one address or a network? Write 203.0.113.9 or 203.0.113.0/24", "block", "client_ip=203.0.113.9/24", "--for", "1h")]
    [InlineData("'203.0.113.0/33' is not an address or network", "block", "client_ip=203.0.113.0/33", "--for", "1h")]
    [InlineData("'0.0.0.0/0' is too wide", "block", "client_ip=0.0.0.0/0", "--for", "1h")]
    [InlineData("'::/3' is too wide", "block", "client_ip=::/3", "--for", "1h")]
    [InlineData("has quotes", "block", "mail_from=a'b@example.jp", "--for", "1h")]
    [InlineData("'rcpt_count' is a number", "block", "rcpt_count=many", "--for", "1h")]
    [InlineData("There are no blocks", "block", "rm", "b1")]
    public async Task Request_ThatMakesNoSense_ChangesNothingAndSaysWhy(string expected, params string[] arguments)
    {
        await using var rig = await _site.StartAsync();
        var before = rig.Policies.Current;

        var run = await AskAsync(arguments);

        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Same(before, rig.Policies.Current);
    }

    [Fact]
    public async Task Block_OfANetwork_IsEnforcedWhateverTheModesAre_AndLifted()
    {
        await using var rig = await _site.StartAsync(settings => settings with { Modes = new Dictionary<string, PolicyMode> { ["default"] = PolicyMode.Monitor } });

        var run = await AskAsync("block", "client_ip=203.0.113.0/24", "--for", "4h", "--reject", "--reason", "ticket 17");

        Assert.Matches(@"^b1: client_ip=203\.0\.113\.0/24 is rejected until .*Z\.\n$", run.Output);
        Assert.Equal((VerdictKind.Reject, VerdictKind.Continue), (await VerdictAsync(rig, "a"), await VerdictAsync(rig, "a", "198.51.100.9")));
        Assert.Matches(@"(?m)^b1 +reject client_ip=203\.0\.113\.0/24 .*ticket 17$", (await AskAsync("block", "list")).Output);
        Assert.Equal("b1: lifted.\n", (await AskAsync("block", "rm", "b1")).Output);
        Assert.Equal(VerdictKind.Continue, await VerdictAsync(rig, "a"));
        Assert.StartsWith("b2: ", (await AskAsync("block", "client_ip=203.0.113.9", "--for", "1h")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Block_OfTwoFields_NeedsBoth_AndSparesTheProtected()
    {
        await using var rig = await _site.StartAsync(settings => settings with { Engine = settings.Engine with { Protection = new Protection(null, ["postmaster"], []) } });

        await AskAsync("block", "client_ip=203.0.113.9", "mail_from_domain=b.example", "--for", "1h");

        Assert.Equal((VerdictKind.Tempfail, VerdictKind.Continue), (await VerdictAsync(rig, "a"), await VerdictAsync(rig, "a", "198.51.100.9")));
        Assert.Equal(VerdictKind.Continue, await VerdictAsync(rig, "a", to: "postmaster@d.example"));
    }

    [Fact]
    public async Task Audit_TakesDownWhoDidWhatAndWhatWasRefused()
    {
        await using (await _site.StartAsync())
        {
            await AskAsync("mode", "spam", "monitor", "--for", "1h", "--reason", "why");
            await AskAsync("status");
            await AskAsync("block", "rm", "b7");
        }

        var lines = File.ReadAllLines(Path.Combine(_site.State, "audit.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(["mode", "block/rm"], lines.Select(line => line.GetProperty("verb").GetString()));
        Assert.Equal(["name=spam", "mode=monitor", "seconds=3600", "reason=why"], lines[0].GetProperty("arguments").EnumerateArray().Select(argument => argument.GetString()));
        Assert.Equal("There are no blocks.", lines[1].GetProperty("refused").GetString());
        Assert.All(lines, line => Assert.Matches($@"^{Environment.UserName}( \(uid \d+\))?$|^.+ \(uid \d+\)$", line.GetProperty("user").GetString()));
    }

    [Fact]
    public async Task File_ThatIsDamaged_IsTold_AndTheServerRuns()
    {
        Directory.CreateDirectory(_site.State);
        await File.WriteAllTextAsync(Path.Combine(_site.State, "interventions.json"), "{ half");
        await using var rig = await _site.StartAsync();

        await rig.SaysAsync("interventions.json cannot be read");
        Assert.Equal(VerdictKind.Reject, await VerdictAsync(rig, "spam"));
        Assert.Equal(ExitCodes.Findings, (await AskAsync("status")).ExitCode);
    }

    private static async Task<VerdictKind> VerdictAsync(ServerRig rig, string user, string ip = "203.0.113.9", string to = "c@d.example")
    {
        await using var client = await rig.DialAsync();
        var sender = new MessageSender(client);
        await sender.BeginAsync(new ClientFacts($"[{ip}]", ClientFamily.Inet, ip, 4321), "client.example", CancellationToken.None);
        var message = new OutgoingMessage { Sender = new EnvelopeAddress($"<{user}@b.example>"), Recipients = [new EnvelopeAddress($"<{to}>")] };
        var outcome = await sender.SendAsync(message, CancellationToken.None);
        return outcome.Final.Kind;
    }

    private Task<CommandRun> AskAsync(params string[] arguments) => CommandRun.OfAsync([.. arguments, "--socket", Path.Combine(_site.State, "admin.sock")]);
}
