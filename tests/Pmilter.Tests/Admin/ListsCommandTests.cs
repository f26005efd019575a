using Microsoft.Extensions.Time.Testing;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Reloading;
using Pmilter.Tests.Server;

namespace Pmilter.Tests.Admin;

/// <summary><c>pmilter lists</c>: which lists are of use, over restarts too.</summary>
public sealed class ListsCommandTests : IDisposable
{
    private const string Policy = """
        policy: p
        lists:
          senders: { type: address, items: ['a@b.example'] }
          nets: { type: cidr, items: ['203.0.113.0/24'] }
          ports: { type: number, items: [4321] }
          idle: { type: domain, items: ['nobody.example'] }
          names: { type: map, items: { 'b.example': gold } }
        rules:
          - { id: sender, phase: mail, mode: monitor, when: "in_list(mail_from, 'senders') or in_list(mail_from_domain, 'idle')", then: [ reject ] }
          - { id: net, phase: connect, mode: monitor, when: "in_list(client_ip, 'nets') and in_list(client_port, 'ports')", then: [ reject ] }
          - { id: name, phase: mail, mode: monitor, when: "lookup(mail_from_domain, 'names', '') = 'gold'", then: [ reject ] }
        """;

    private readonly ReloadSite _site = new(Policy);

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Lists_SayWhenTheyWereLastOfUse_OverARestart()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow - TimeSpan.FromDays(200));
        await using (var rig = await StartAsync(time))
        {
            Assert.Matches(@"(?m)^p/senders +address +1 +never ", (await AskAsync()).Output);
            await ReloadSite.SendAsync(rig, "a@b.example");
            Assert.Matches(@"(?m)^p/senders +address +1 +\d{4}-\d\d-\d\d +\d{4}-\d\d-\d\d +-$", (await AskAsync()).Output);
        }

        time.Advance(TimeSpan.FromDays(199));
        await using var again = await StartAsync(time);
        await ReloadSite.SendAsync(again, "x@y.example");

        var run = await AskAsync("--unused", "180d");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(["p/idle", "p/names", "p/senders"], run.Output.Split('\n').Where(line => line.StartsWith("p/", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]));
        Assert.Equal(["p/idle"], (await AskAsync("--unused", "180d")).Output.Split('\n').Where(line => line.Contains(" never ", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]));
        Assert.Equal(0, (await AskAsync("--unused", "300d")).ExitCode);
    }

    [Fact]
    public async Task Unused_OfListsThatAreNew_AreNotKnownYet()
    {
        await using var rig = await StartAsync(TimeProvider.System);

        var run = await AskAsync("--unused", "30d");

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Output));
        Assert.Contains("5 lists have had no hit, and are watched for less than that: since ", run.Error, StringComparison.Ordinal);
    }

    private Task<ServerRig> StartAsync(TimeProvider time) => ServerRig.StartAsync(_site.Settings, time, hasPolicies: true);

    private Task<CommandRun> AskAsync(params string[] more) => CommandRun.OfAsync(["lists", .. more, "--socket", Path.Combine(_site.State, "admin.sock")]);
}
