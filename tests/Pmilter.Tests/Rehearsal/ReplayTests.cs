using System.Globalization;
using System.Text.Json;
using Pmilter.Tests.Commands;

namespace Pmilter.Tests.Rehearsal;

/// <summary><c>pmilter replay</c> over decision logs, made up and recorded.</summary>
public sealed class ReplayTests : IDisposable
{
    private const string Policy = """
        policy: demo
        counters:
          all: { phase: eoh, count: messages, key: [mail_from], window: 10s }
        rules:
          - { id: unwanted, phase: rcpt, when: "rcpt_to = 'no@example.jp'", then: [reject] }
          - { id: limited, phase: eoh, limit: { counter: all, max: 3 }, then: [tempfail] }
        """;

    private readonly SiteFolder _site = new("log: { decisions: log/decisions.jsonl }\n", ("10-demo.yaml", Policy));

    public ReplayTests() => Directory.CreateDirectory(Path.Combine(_site.Root, "log"));

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Replay_OfMailThatAStricterPolicyRefuses_NamesRulesSendersAndExamples()
    {
        Log(Enumerable.Range(0, 10).Select(i => Line(i, from: i % 2 == 0 ? "a@x.example" : $"u{i}@x.example")));

        var run = await RunAsync("--show", "1");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("THEN      NOW       COUNT\ncontinue  tempfail  2\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("demo/limited  2              0\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("a@x.example  2\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("2026-11-28 00:00:06 - 203.0.113.9 RU <a@x.example> -> <bob@example.jp>: continue, now tempfail by demo/limited\n", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("10 decisions under revision " + Revision(run) + ": 2 differ, 0 cannot be decided.\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_OfWhatWasDecidedAlike_FindsNothing()
    {
        Log([.. Enumerable.Range(0, 3).Select(i => Line(i)), Line(3, verdict: "tempfail", rule: "limited", phase: "eoh"), "no json", Line(60)]);

        var run = await RunAsync();

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("1 lines are no decisions and were left out\n5 decisions", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_OfRefusedRecipients_CountsThemOnce()
    {
        // The line of the message names all recipients, the refused one had a line of its own.
        Log([Line(0, verdict: "reject", rule: "unwanted", phase: "rcpt", to: "no@example.jp", session: "s"), Line(0, to: "bob@example.jp\",\"no@example.jp", session: "s")]);

        Assert.Equal(0, (await RunAsync()).ExitCode);
    }

    [Theory]
    [InlineData("abort")]
    [InlineData("close")]
    public async Task Replay_OfMailThatWasGivenUp_LeavesItOut(string phase)
    {
        Log([.. Enumerable.Range(0, 3).Select(i => Line(i)), Line(3, phase: phase), Line(3, phase: phase, to: "no@example.jp")]);

        var run = await RunAsync();

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("2 messages were given up before their end and were left out\n3 decisions", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_OfAPolicyThatReadsMore_SaysWhatIsMissing()
    {
        await File.WriteAllTextAsync(Path.Combine(_site.Root, "policies", "20-more.yaml"), "policy: more\nrules:\n  - { id: large, phase: eom, when: size > mb(1), then: [reject] }\n");
        Log([Line(0), Line(1, values: ",\"size\":2000000")]);

        var run = await RunAsync();

        Assert.Contains("undecidable: size is not in the log of 1 decisions\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("2 decisions", run.Output, StringComparison.Ordinal);
        Assert.Contains("1 differ, 1 cannot be decided.", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SaveTest_OfADifference_IsATestThatPasses()
    {
        Log(Enumerable.Range(0, 5).Select(i => Line(i)));
        var tests = Path.Combine(Directory.CreateDirectory(Path.Combine(_site.Root, "policies", "tests")).FullName, "saved.yaml");

        var run = await RunAsync("--save-test", tests);
        var test = await CommandRun.OfAsync("test", "-c", _site.Configuration);

        Assert.Equal($"1 written to {tests}.\n", run.Error);
        Assert.True(test.ExitCode == 0, test.Output + test.Error);
        Assert.Contains("1 tests, 1 passed", test.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_OfMonitorRules_EnforcedWithTheOption()
    {
        await File.AppendAllTextAsync(_site.Configuration, "policies: { mode: { default: monitor } }\n");
        Log(Enumerable.Range(0, 5).Select(i => Line(i)));

        Assert.Equal(0, (await RunAsync()).ExitCode);
        var json = JsonDocument.Parse((await RunAsync("--enforced", "--format", "json", "--since", "2026-11-28T00:00:00Z")).Output).RootElement;
        Assert.Equal((5, 2), (json.GetProperty("decisions").GetInt32(), json.GetProperty("differences").GetInt32()));
    }

    [Fact]
    public async Task Replay_WithoutALog_SaysHowToGetOne()
    {
        Directory.Delete(Path.Combine(_site.Root, "log"));

        var run = await RunAsync();

        Assert.Equal((2, true), (run.ExitCode, run.Error.Contains("There is no decision log at", StringComparison.Ordinal)));
    }

    private static string Revision(CommandRun run) => run.Output.Split("revision ")[1][..8];

    private static string Line(
        int second, string from = "a@x.example", string to = "bob@example.jp", string verdict = "continue", string rule = "", string phase = "eom", string session = "", string values = "") => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{ "time":"2026-11-28T00:{{second / 60:00}}:{{second % 60:00}}.000000Z","id":"","session":"{{(session.Length > 0 ? session : $"{second}")}}","revision":"1","client":{"ip":"203.0.113.9","country":"RU","asn":0,"name":""},"helo":"","mail_from":"{{from}}","rcpt":["{{to}}"],"sasl_login":"","queue_id":"Q","phase":"{{phase}}","verdict":"{{verdict}}","policy":"{{(rule.Length > 0 ? "demo" : "")}}","rule":"{{rule}}","mode":"enforce","reply":"","would":[],"counters":{},"took_us":1,"values":{"mail_from":"{{from}}"{{values}}} }""");

    private void Log(IEnumerable<string> lines) => File.WriteAllLines(Path.Combine(_site.Root, "log", "decisions20261128.jsonl"), lines);

    private Task<CommandRun> RunAsync(params string[] arguments) => CommandRun.OfAsync(["replay", "-c", _site.Configuration, .. arguments]);
}
