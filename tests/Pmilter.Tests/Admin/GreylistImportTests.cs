using System.Globalization;
using Pmilter.Greylisting;
using Pmilter.Protocol.Replies;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Reloading;
using Pmilter.Tests.Server;

namespace Pmilter.Tests.Admin;

/// <summary><c>pmilter greylist import</c>: whom milter-greylist or postgrey let through is not delayed again.</summary>
public sealed class GreylistImportTests : IDisposable
{
    private const string Policy = """
        policy: p
        greylists:
          unknown: { key: [client_net, mail_from, rcpt_to] }
          odd: { key: [helo] }
        rules:
          - { id: grey, phase: rcpt, then: [ greylist: unknown ] }
          - { id: never, phase: rcpt, when: "helo = 'x'", then: [ greylist: odd ] }
        """;

    private static readonly long Later = DateTimeOffset.UtcNow.AddDays(3).ToUnixTimeSeconds();

    private readonly ReloadSite _site = new(Policy);

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task MilterGreylist_WhoHasPassed_IsLetThrough_WhoWaitsIsNot()
    {
        await using var rig = await _site.StartAsync();
        Assert.Equal(VerdictKind.Tempfail, await SendAsync(rig, "new@b.example"));

        var run = await ImportAsync("unknown", $$"""
            # milter-greylist database file, do not edit
            # greylisted tuples
            203.0.113.9	<waiting@b.example>	<c@d.example>	{{Later}} # 2026-03-02 10:00:00
            # auto-whitelisted tuples
            203.0.113.77	<A@b.example>	<c@d.example>	{{Later}} AUTO # 2026-03-05 10:00:00
            203.0.113.9	<gone@b.example>	<c@d.example>	1000 AUTO # 1970-01-01
            nonsense
            """);

        Assert.Equal((0, "p/unknown: 1 of 2 tuples that have passed were taken over; 1 lines were not understood.\n"), (run.ExitCode, run.Output));
        Assert.Equal(VerdictKind.Continue, await SendAsync(rig, "a@b.example"));
        Assert.Equal((VerdictKind.Tempfail, VerdictKind.Tempfail), (await SendAsync(rig, "waiting@b.example"), await SendAsync(rig, "gone@b.example")));
        Assert.Contains("\"verb\":\"greylists/import\",\"arguments\":[\"name=p/unknown\",\"tuples=2\"]", await File.ReadAllTextAsync(Path.Combine(_site.State, "audit.jsonl")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_OfThousands_TakesThemAll()
    {
        await using var rig = await _site.StartAsync();
        var lines = Enumerable.Range(0, 3000).Select(n => string.Create(CultureInfo.InvariantCulture, $"203.0.113.9\t<user{n}@b.example>\t<c@d.example>\t{Later} AUTO"));

        var run = await ImportAsync("unknown", string.Join('\n', lines));

        Assert.Equal("p/unknown: 3000 of 3000 tuples that have passed were taken over.\n", run.Output);
        Assert.Equal(VerdictKind.Continue, await SendAsync(rig, "user2999@b.example"));
        Assert.Single(await File.ReadAllLinesAsync(Path.Combine(_site.State, "audit.jsonl")));
    }

    [Fact]
    public void Postgrey_DumpedByDbDump_IsRead()
    {
        string[] dump =
        [
            "VERSION=3", "format=print", "type=btree", "db_pagesize=4096", "HEADER=END",
            " 203.0.113.0/a@b.example/c@d.example", " 1772400000,1772400900",
            " 203.0.113.0/b\\2fx=y@b.example/c@d.example", " 1772400000,1772400300",
            " 2001:db8::/a@b.example/c@d.example", " 1772400000,1772400010",
            " 203.0.113.9", " 4,1772400900",
            "DATA=END",
        ];

        var tuples = GreylistDump.Read(dump, out var ignored);

        Assert.Equal(
            [new KnownTuple("203.0.113.0", "a@b.example", "c@d.example", null), new KnownTuple("203.0.113.0", "b/x=y@b.example", "c@d.example", null)],
            tuples);
        Assert.Equal(1, ignored);
        Assert.Equal("203.0.113.0/24\u001Fa@b.example", new TupleKeys("p/g", "client_net, mail_from").Of(tuples[0]));
    }

    [Theory]
    [InlineData("'helo' is not in a dump; a greylist can be filled whose key is made of client_ip, client_net", "odd")]
    [InlineData("There is no greylist 'unknwon'; did you mean 'unknown'?", "unknwon")]
    public async Task Greylist_ThatCannotBeFilled_IsAClearError(string expected, string greylist)
    {
        await using var rig = await _site.StartAsync();

        var run = await ImportAsync(greylist, $"203.0.113.9 <a@b.example> <c@d.example> {Later} AUTO");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    private static async Task<VerdictKind> SendAsync(ServerRig rig, string sender) => (await ReloadSite.SendAsync(rig, sender)).Final.Kind;

    private async Task<CommandRun> ImportAsync(string greylist, string dump)
    {
        var file = Path.Combine(_site.Policies, "..", "dump.txt");
        await File.WriteAllTextAsync(file, dump);
        return await CommandRun.OfAsync("greylist", "import", greylist, file, "--socket", Path.Combine(_site.State, "admin.sock"));
    }
}
