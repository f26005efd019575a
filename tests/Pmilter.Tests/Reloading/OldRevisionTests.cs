using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Pmilter.Commands;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Replies;
using Pmilter.Reloading;
using Pmilter.Tests.Commands;
using Pmilter.Tests.Server;

namespace Pmilter.Tests.Reloading;

/// <summary>What an old decision is explained with, and how long that is kept.</summary>
public sealed class OldRevisionTests : IDisposable
{
    private const string Old = """
        # a line more than later
        policy: p
        rules:
          - { id: old_name, phase: mail, when: "mail_from_user = 'bad'", then: [ reject: '5.7.1 as it was' ] }
        """;

    private const string New = """
        policy: p
        rules:
          - { id: new_name, phase: mail, when: "mail_from_user = 'worse'", then: [ tempfail: '4.7.1 as it is' ] }
        """;

    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly SiteFolder _site = new("geoip: { country: '' }\nlog: { decisions: d.jsonl }\nstate: { dir: state }\n", ("p.yaml", Old));
    private readonly FakeTimeProvider _time = new(Start);

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Explain_OfAnOldDecision_SpeaksWithItsOwnRevision()
    {
        var (id, then, now) = await DecideAndReloadAsync();

        var run = await RunAsync("explain", "--decision", id);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"revision {then}\n", run.Output, StringComparison.Ordinal);
        Assert.Matches($"(?m)^mail     REJECT         old_name +[^\n]*/revisions/{then}/p\\.yaml:4$", run.Output);
        Assert.Contains("reply    550 5.7.1 as it was\n", run.Output, StringComparison.Ordinal);
        Assert.Contains($"under revision {then}, which is no longer in force: {now} is, since 2026-03-01 12:00:00Z.", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("The log says", run.Error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await RunAsync("explain", "--decision", id, "--format", "json")).Output);
        Assert.Equal((then, "reject"), (json.RootElement.GetProperty("revision").GetString(), json.RootElement.GetProperty("verdict").GetString()));
    }

    [Fact]
    public async Task Explain_OfAnOldDecision_DoesNotNeedTheFilesOfNow()
    {
        var (id, _, _) = await DecideAndReloadAsync();
        File.WriteAllText(Path.Combine(_site.Root, "policies", "p.yaml"), "policy: p\nrules: nonsense\n");

        Assert.Contains("old_name", (await RunAsync("explain", "--decision", id)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_WhereTheCopyIsGone_SaysSoAndTakesTheRulesOfNow()
    {
        var (id, then, now) = await DecideAndReloadAsync();
        Directory.Delete(Path.Combine(_site.Root, "state", "revisions", then), recursive: true);

        var run = await RunAsync("explain", "--decision", id);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"under revision {then}, of which no copy is kept (policies.retain, state.dir); this is {now}, what the policies say now.", run.Error, StringComparison.Ordinal);
        Assert.Contains("The log says reject by p/old_name", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("as it was", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_OfAQueueId_FindsItsMessage()
    {
        await DecideAndReloadAsync();
        var log = Directory.GetFiles(_site.Root, "d*.jsonl").Single();
        var line = File.ReadAllLines(log).Last();
        File.WriteAllText(log, line.Replace("\"queue_id\":\"\"", "\"queue_id\":\"4bG2xk1Qz9\"", StringComparison.Ordinal) + "\n");

        Assert.Contains("old_name", (await RunAsync("explain", "--decision", "4bG2xk1Qz9")).Output, StringComparison.Ordinal);
        Assert.Contains("No decision and no queue id 4bG2xk1Qz8 is in", (await RunAsync("explain", "--decision", "4bG2xk1Qz8")).Error, StringComparison.Ordinal);
    }

    /// <summary>Loaded long ago and in force until yesterday: its decisions are of yesterday.</summary>
    [Fact]
    public void Retain_CountsFromTheEndOfARevision_NotFromItsLoad()
    {
        var store = new RevisionStore(Path.Combine(_site.Root, "state"));
        Keep(store, "aaaaaaaa");
        _time.Advance(TimeSpan.FromDays(200));
        Keep(store, "bbbbbbbb");
        Assert.NotNull(store.Find("aaaaaaaa"));

        _time.Advance(TimeSpan.FromDays(180) - TimeSpan.FromMinutes(1));
        Keep(store, "cccccccc");
        Assert.NotNull(store.Find("aaaaaaaa"));

        _time.Advance(TimeSpan.FromMinutes(1));
        Keep(store, "cccccccc");
        Assert.Equal((null, true, true), (store.Find("aaaaaaaa"), store.Find("bbbbbbbb") is not null, store.Find("cccccccc") is not null));

        _time.Advance(TimeSpan.FromDays(900));
        Keep(store, "cccccccc");
        Assert.Equal((null, true), (store.Find("bbbbbbbb"), store.Find("cccccccc") is not null));
    }

    /// <summary>The one that is in force stays, however old; so does one that came back.</summary>
    [Fact]
    public void Retain_OfARevisionThatCameBack_CountsFromItsLastEnd()
    {
        var store = new RevisionStore(Path.Combine(_site.Root, "state"));
        Keep(store, "aaaaaaaa");
        Keep(store, "bbbbbbbb");
        _time.Advance(TimeSpan.FromDays(100));
        Keep(store, "aaaaaaaa");
        _time.Advance(TimeSpan.FromDays(100));
        Keep(store, "cccccccc");

        Assert.Equal((true, true), (store.Find("aaaaaaaa") is not null, store.Find("bbbbbbbb") is not null));
        _time.Advance(TimeSpan.FromDays(81));
        Keep(store, "cccccccc");
        Assert.Equal((true, null), (store.Find("aaaaaaaa") is not null, store.Find("bbbbbbbb")));
    }

    /// <summary>A decision log that is kept longer keeps the revisions that it names.</summary>
    [Theory]
    [InlineData("policies: { retain: 1d }\nlog: { decisions: d.jsonl, decisions_keep: 3d }\n", true)]
    [InlineData("policies: { retain: 1d }\nlog: { decisions: d.jsonl, decisions_keep: 1d }\n", false)]
    [InlineData("policies: { retain: 1d }\nlog: { decisions_keep: 3d }\n", false)]
    [InlineData("policies: { retain: 3d }\nlog: { decisions: d.jsonl, decisions_keep: 1d }\n", true)]
    public async Task Retain_IsNoShorterThanTheDecisionLog(string configuration, bool isKept)
    {
        File.WriteAllText(_site.Configuration, $"geoip: {{ country: '' }}\nstate: {{ dir: state }}\n{configuration}");
        string then;
        await using (var rig = await StartAsync())
        {
            then = rig.Policies.Current.Revision;
        }

        _time.SetUtcNow(Start + TimeSpan.FromHours(1));
        await Load(New);
        _time.SetUtcNow(Start + TimeSpan.FromDays(2) + TimeSpan.FromHours(2));
        await Load(New + "\n# another");

        Assert.Equal(isKept, Directory.Exists(Path.Combine(_site.Root, "state", "revisions", then)));

        async Task Load(string policy)
        {
            File.WriteAllText(Path.Combine(_site.Root, "policies", "p.yaml"), policy);
            await (await StartAsync()).DisposeAsync();
        }
    }

    private void Keep(RevisionStore store, string revision)
    {
        store.Keep(new HistoryLine(_time.GetUtcNow(), revision, "signal", IsGood: true, 1, string.Empty, []), Path.Combine(_site.Root, "policies"), new Dictionary<string, PolicyMode>());
        store.Forget(_time.GetUtcNow() - TimeSpan.FromDays(180));
        _time.Advance(TimeSpan.FromSeconds(1));
    }

    private async Task<(string Id, string Then, string Now)> DecideAndReloadAsync()
    {
        string then, now;
        await using (var rig = await StartAsync())
        {
            then = rig.Policies.Current.Revision;
            Assert.Equal(VerdictKind.Reject, (await ReloadSite.SendAsync(rig, "bad@b.example")).Final.Kind);
            File.WriteAllText(Path.Combine(_site.Root, "policies", "p.yaml"), New);
            Assert.True(rig.Reloader.Reload().IsGood);
            now = rig.Policies.Current.Revision;
        }

        var line = Directory.GetFiles(_site.Root, "d*.jsonl").SelectMany(File.ReadAllLines).Last();
        return (JsonDocument.Parse(line).RootElement.GetProperty("id").GetString()!, then, now);
    }

    private Task<CommandRun> RunAsync(params string[] words) => CommandRun.OfAsync([.. words, "-c", _site.Configuration]);

    private Task<ServerRig> StartAsync()
    {
        var diagnostics = new DiagnosticBag();
        var settings = SettingsReader.Read(_site.Configuration, diagnostics);
        Assert.Empty(diagnostics.All);
        return ServerRig.StartAsync(settings with { Listen = ServerRig.Options("inet:127.0.0.1:0").Listen, AdminSocket = string.Empty }, _time, hasPolicies: true);
    }
}
