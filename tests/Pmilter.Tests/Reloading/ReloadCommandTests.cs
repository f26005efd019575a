using Pmilter.Commands;
using Pmilter.Protocol.Client;
using Pmilter.Protocol.Replies;
using Pmilter.Reloading;
using Pmilter.Server;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Reloading;

/// <summary><c>pmilter reload</c>, <c>history</c>, <c>diff</c> and <c>rollback</c> on a running server.</summary>
public sealed class ReloadCommandTests : IDisposable
{
    private const string Limit = """
        policy: p
        counters:
          c: { phase: mail, count: messages, key: [client_ip], window: 1h }
        rules:
          - { id: r, phase: mail, limit: { counter: c, max: 20 }, then: [ tempfail: '4.7.1 often' ] }
        """;

    private readonly ReloadSite _site = new(Limit);

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Reload_TellsWhatIsDecidedOtherwise()
    {
        await using var rig = await _site.StartAsync();
        _site.Write(Limit.Replace("max: 20", "max: 10", StringComparison.Ordinal));

        var run = await AskAsync("reload");

        Assert.Equal(0, run.ExitCode);
        Assert.Matches("^Revision [0-9a-f]{8} replaces [0-9a-f]{8}\\.\n  p/r: limit c > 20 in 1h → c > 10 in 1h\n$", run.Output);
        Assert.Matches("^Revision [0-9a-f]{8}, as before.\n$", (await AskAsync("reload")).Output);
    }

    [Fact]
    public async Task Reload_OfAMistake_EndsWithOneAndNamesIt()
    {
        await using var rig = await _site.StartAsync();
        var before = rig.Reloader.Last.Revision;
        _site.Write(Limit.Replace("max: 20", "mix: 20", StringComparison.Ordinal));

        var run = await AskAsync("reload");

        Assert.Equal(ExitCodes.Findings, run.ExitCode);
        Assert.Contains("p.yaml:5: PM", run.Error, StringComparison.Ordinal);
        Assert.Contains("Not reloaded: ", run.Error, StringComparison.Ordinal);
        Assert.EndsWith($"The server keeps revision {before}.\n", run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Findings, (await AskAsync("reload", "--format", "json")).ExitCode);
    }

    [Fact]
    public async Task Reload_WhoseTestsFail_IsRefused()
    {
        _site.Write("message: { client_ip: 203.0.113.9 }\ntests:\n  - { name: twenty pass, policy: p, send: [ { repeat: 20, expect: { verdict: continue } } ] }\n", "tests/p.yaml");
        await using var rig = await _site.StartAsync(settings => settings with { Reload = new ReloadSettings { IsTested = true } });
        _site.Write(Limit.Replace("max: 20", "max: 10", StringComparison.Ordinal));

        var report = rig.Reloader.Reload(ReloadCause.Command);

        Assert.False(report.IsGood);
        Assert.StartsWith("1 of 1 policy tests fail, first 'twenty pass'", report.Reason, StringComparison.Ordinal);
        _site.Write(Limit.Replace("max: 20", "max: 30", StringComparison.Ordinal));
        Assert.True(rig.Reloader.Reload(ReloadCause.Command).IsGood);
    }

    [Fact]
    public async Task Cut_TurnsSessionsAwayThatCannotFollow_AtTheirNextMessage()
    {
        _site.Write(ReloadSite.Refusing("spam@b.example"));
        await using var rig = await _site.StartAsync();
        await using var client = await rig.DialAsync();
        var session = new MessageSender(client);
        await session.BeginAsync(ReloadSite.Client, "good", CancellationToken.None);
        Assert.Equal(VerdictKind.Continue, (await ReloadSite.SendAsync(session, "ham@b.example")).Final.Kind);

        _site.Write(ReloadSite.Refusing("bad", "helo"));
        Assert.Contains("turned away at their next message: 1.", (await AskAsync("reload", "--cut")).Output, StringComparison.Ordinal);

        Assert.Equal("tempfail 421 4.3.2 Our rules have changed, please connect again", (await ReloadSite.SendAsync(session, "ham@b.example")).Final.ToString());
        Assert.Equal(VerdictKind.Continue, (await ReloadSite.SendAsync(rig, "ham@b.example")).Final.Kind);
    }

    [Fact]
    public async Task Sessions_AreCountedByTheirRevision()
    {
        _site.Write(ReloadSite.Refusing("spam@b.example"));
        await using var rig = await _site.StartAsync();
        var before = rig.Reloader.Last.Revision;
        await using (var client = await rig.DialAsync())
        {
            var session = new MessageSender(client);
            await session.BeginAsync(ReloadSite.Client, "good", CancellationToken.None);
            _site.Write(ReloadSite.Refusing("bad", "helo"));
            rig.Reloader.Reload();
            Assert.Equal([(rig.Reloader.Last.Revision, 0), (before, 1)], rig.Policies.Sessions);
        }

        while (rig.Policies.Sessions.Count > 1)
        {
            await Task.Yield();
        }
    }

    [Fact]
    public async Task History_Diff_AndRollback_BringTheOldPoliciesBack()
    {
        await using var rig = await _site.StartAsync();
        var first = rig.Reloader.Last.Revision;
        _site.Write(Limit.Replace("max: 20", "max: 0", StringComparison.Ordinal));
        _site.Write("policy: q\nrules:\n  - { id: all, phase: mail, then: [ reject: '5.7.1 all' ] }\n", "q.yaml");
        await AskAsync("reload");
        Assert.Equal(VerdictKind.Tempfail, (await ReloadSite.SendAsync(rig, "a@b.example")).Final.Kind);

        var history = await SiteAsync("history");
        Assert.Contains(first, history.Output, StringComparison.Ordinal);
        Assert.Contains("p/r: limit c > 20 in 1h → c > 0 in 1h; q/all: new, enforce", history.Output, StringComparison.Ordinal);
        Assert.Equal((1, "p/r: limit c > 20 in 1h → c > 0 in 1h\nq/all: new, enforce\n"), (await SiteAsync("diff", first)) is var diff ? (diff.ExitCode, diff.Output) : default);

        var dry = await AskAsync("rollback", "--dry-run");
        Assert.Equal("q/all: gone\np/r: limit c > 0 in 1h → c > 20 in 1h\n", dry.Output);
        var back = await AskAsync("rollback");
        Assert.Equal(0, back.ExitCode);
        Assert.Contains($"Revision {first} replaces", back.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_site.Policies, "q.yaml")));
        Assert.Equal(VerdictKind.Continue, (await ReloadSite.SendAsync(rig, "a@b.example")).Final.Kind);
    }

    [Fact]
    public async Task Diff_WithReplay_TellsWhatTheOtherOneWouldHaveDecided()
    {
        using var site = new ReloadSite(Limit, "log: { decisions: log/decisions.jsonl }\n");
        string first;
        await using (var rig = await site.StartAsync(settings => settings with { Log = settings.Log with { Decisions = Path.Combine(Path.GetDirectoryName(site.Policies)!, "log", "decisions.jsonl") } }))
        {
            first = rig.Reloader.Last.Revision;
            await ReloadSite.SendAsync(rig, "a@b.example");
            await ReloadSite.SendAsync(rig, "a@b.example");
        }

        var same = await CommandRun.OfAsync("diff", first, "--replay", "1h", "-c", site.Configuration);
        site.Write(Limit.Replace("max: 20", "max: 1", StringComparison.Ordinal));
        var stricter = await CommandRun.OfAsync("diff", first, "--replay", "1h", "-c", site.Configuration);

        Assert.Equal(0, same.ExitCode);
        Assert.Contains("2 decisions", same.Output, StringComparison.Ordinal);
        Assert.Equal(1, stricter.ExitCode);
        Assert.StartsWith("p/r: limit c > 20 in 1h → c > 1 in 1h\n\nTHEN      NOW       COUNT\ncontinue  tempfail  1\n", stricter.Output, StringComparison.Ordinal);
        Assert.Contains("2 decisions under revision", stricter.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restart_WithBrokenPolicies_GoesOnWithTheLastGoodOnes()
    {
        _site.Write(ReloadSite.Refusing("spam@b.example"));
        await (await _site.StartAsync()).DisposeAsync();
        _site.Write("policy: p\nrules: nonsense\n");

        var kept = LastGoodPolicies.Load(_site.Settings, TimeProvider.System, null, out _);

        Assert.NotNull(kept);
        Assert.Equal("r", Assert.Single(kept.Set.Rules).Rule.Id);
        Assert.False(kept.Report(TimeProvider.System).IsGood);
    }

    [Fact]
    public async Task Restart_WithBrokenPolicies_AndAKeptRevisionThatIsDamaged_SaysWhy()
    {
        _site.Write(ReloadSite.Refusing("spam@b.example"));
        await (await _site.StartAsync()).DisposeAsync();
        _site.Write("policy: p\nrules: nonsense\n");
        foreach (var modes in Directory.GetFiles(_site.State, "modes.json", SearchOption.AllDirectories))
        {
            File.WriteAllText(modes, "{");
        }

        Assert.Null(LastGoodPolicies.Load(_site.Settings, TimeProvider.System, null, out var reason));

        Assert.StartsWith("what was in force last cannot be read", reason, StringComparison.Ordinal);
    }

    private Task<CommandRun> AskAsync(params string[] arguments) =>
        CommandRun.OfAsync([.. arguments, "-c", _site.Configuration]);

    private Task<CommandRun> SiteAsync(params string[] arguments) => CommandRun.OfAsync([.. arguments, "-c", _site.Configuration]);
}
