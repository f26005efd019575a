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

    /// <summary>By file and line, kept over a restart, a reload and a file that was sorted otherwise; what is new is not called unused.</summary>
    [Fact]
    public async Task Unused_OfListsInUse_NamesSingleEntries()
    {
        _site.Write(Exceptions);
        _site.Write("a@b.example\nold@b.example\n@whole.example\n", "s.txt");
        _site.Write("198.51.100.0/24\n# kept for the branch office\n203.0.113.0/24\n2001:db8::/32\n", "n.txt");
        _site.Write("nobody.example\n.b.example\nb.example\n", "d.txt");
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow - TimeSpan.FromDays(200));
        await using (var rig = await StartAsync(time))
        {
            await ReloadSite.SendAsync(rig, "a@b.example");
            await ReloadSite.SendAsync(rig, "OLD@b.example");
        }

        time.SetUtcNow(time.GetUtcNow() + TimeSpan.FromDays(150));
        _site.Write("new@b.example\nold@b.example\na@b.example\n@whole.example\n", "s.txt");
        time.SetUtcNow(time.GetUtcNow() + TimeSpan.FromDays(50));
        await using var again = await StartAsync(time);
        await ReloadSite.SendAsync(again, "a@b.example");

        var run = await AskAsync("--unused", "180d");

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            [
                "nobody.example|p/domains|never|d.txt:1", "198.51.100.0/24|p/nets|never|n.txt:1", "2001:db8::/32|p/nets|never|n.txt:4", "7|p/ports|never|-",
                "@whole.example|p/senders|never|s.txt:4", "old@b.example|p/senders|day|s.txt:2",
            ],
            Entries(run).OrderBy(line => line.Split('|')[1], StringComparer.Ordinal).ThenBy(line => line, StringComparer.Ordinal));
        Assert.Contains("1 entries of lists in use had no hit, and are watched for less than that: since ", run.Error, StringComparison.Ordinal);
        Assert.Equal((0, string.Empty), (await AskAsync("--unused", "250d")) is var none ? (none.ExitCode, none.Output) : default);
    }

    [Fact]
    public async Task Unused_AfterAReloadOfTheFile_KeepsWhatIsKnownOfItsEntries()
    {
        _site.Write(Exceptions);
        _site.Write("a@b.example\nidle@b.example\n", "s.txt");
        _site.Write("192.0.2.0/24\n", "n.txt");
        _site.Write("c.example\n", "d.txt");
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow - TimeSpan.FromDays(40));
        await using var rig = await StartAsync(time);
        await ReloadSite.SendAsync(rig, "a@b.example");
        await AskAsync();
        time.SetUtcNow(time.GetUtcNow() + TimeSpan.FromDays(39));

        _site.Write("# first\nidle@b.example\na@b.example\nnew@b.example\n", "s.txt");
        rig.Lists.Check();
        rig.Lists.Check();
        await ReloadSite.SendAsync(rig, "a@b.example");

        Assert.Equal(["idle@b.example|p/senders|never|s.txt:2"], Entries(await AskAsync("--unused", "30d")).Where(line => line.Contains("p/senders", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Entries_ThatCannotBeRead_AreToldAndWatchedAnew()
    {
        Directory.CreateDirectory(_site.State);
        await File.WriteAllTextAsync(Path.Combine(_site.State, "list-entries.txt"), "@p/senders\nnonsense\n");
        await using var rig = await StartAsync(TimeProvider.System);

        await rig.SaysAsync("list-entries.txt cannot be read");
        Assert.Contains("p/senders", (await AskAsync()).Output, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Entries(CommandRun run) => run.Output.Split('\n')
        .SkipWhile(line => !line.StartsWith("ENTRY", StringComparison.Ordinal)).Skip(1)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(words => words.Length == 5)
        .Select(words => $"{words[0]}|{words[1]}|{(words[2] == "never" ? "never" : "day")}|{Path.GetFileName(words[4])}");

    private const string Exceptions = """
        policy: p
        lists:
          senders: { type: address, file: s.txt }
          nets: { type: cidr, file: n.txt }
          domains: { type: domain, file: d.txt }
          ports: { type: number, items: [4321, 7] }
        rules:
          - { id: sender, phase: mail, mode: monitor, when: "in_list(mail_from, 'senders') and in_list(client_ip, 'nets') and in_list(mail_from_domain, 'domains') and in_list(client_port, 'ports')", then: [ reject ] }
          - { id: below, phase: mail, mode: monitor, when: "in_list('x.b.example', 'domains')", then: [ reject ] }
        """;

    private Task<ServerRig> StartAsync(TimeProvider time) => ServerRig.StartAsync(_site.Settings, time, hasPolicies: true);

    private Task<CommandRun> AskAsync(params string[] more) => CommandRun.OfAsync(["lists", .. more, "--socket", Path.Combine(_site.State, "admin.sock")]);
}
