using System.Globalization;
using System.Text.Json;
using Pmilter.Tests.Architecture;

namespace Pmilter.Tests.Commands;

/// <summary><c>pmilter promote</c>: before and after, byte by byte.</summary>
public sealed class PromoteTests : IDisposable
{
    private const string Two = "policy: p\nrules:\n  - { id: a, phase: mail, then: [reject] }\n  - { id: b, phase: rcpt, then: [tempfail] }\n";

    private readonly SiteFolder _site = new(string.Empty);

    public void Dispose() => _site.Dispose();

    /// <summary>name, pmilter.yaml and the policy before, and both after.</summary>
    public static TheoryData<string, string, string, string, string> Edits => new()
    {
        // The rule says it.
        {
            "a", "# mine\n",
            "policy: p\n# first\nrules:\n  - id: a   # the one\n    mode: monitor   # for now\n    phase: mail\n    then: [reject]\n  - { id: b, phase: rcpt, mode: monitor, then: [tempfail] }\n",
            "# mine\n",
            "policy: p\n# first\nrules:\n  - id: a   # the one\n    mode: enforce   # for now\n    phase: mail\n    then: [reject]\n  - { id: b, phase: rcpt, mode: monitor, then: [tempfail] }\n"
        },

        // The file says it: the others say it themselves then.
        {
            "p/a", string.Empty,
            "policy: p\nmode: 'monitor' # watch\nrules:\n  - { id: a, phase: mail, then: [reject] }\n  - id: b   # the other\n    phase: rcpt\n    then: [tempfail]\n  - { id: c, phase: rcpt, then: [reject] }\n  - { id: d, phase: eom, mode: enforce, then: [reject] }\n  - { id: e, phase: eom, mode: off, then: [reject] }\n",
            string.Empty,
            "policy: p\nmode: enforce # watch\nrules:\n  - { id: a, phase: mail, then: [reject] }\n  - id: b   # the other\n    mode: monitor\n    phase: rcpt\n    then: [tempfail]\n  - { id: c, mode: monitor, phase: rcpt, then: [reject] }\n  - { id: d, phase: eom, mode: monitor, then: [reject] }\n  - { id: e, phase: eom, mode: off, then: [reject] }\n"
        },

        // The whole policy.
        {
            "p", string.Empty,
            "policy: p\r\nmode: monitor\r\nrules:\r\n  - { id: a, phase: mail, mode: monitor, then: [reject] }\r\n  - { id: b, phase: rcpt, then: [tempfail] }\r\n",
            string.Empty,
            "policy: p\r\nmode: enforce\r\nrules:\r\n  - { id: a, phase: mail, mode: enforce, then: [reject] }\r\n  - { id: b, phase: rcpt, then: [tempfail] }\r\n"
        },

        // pmilter.yaml says it, in braces and in lines.
        { "p", "policies:\n  mode: { x: enforce, default: monitor }   # careful\n", Two, "policies:\n  mode: { x: enforce, p: enforce, default: monitor }   # careful\n", Two },
        { "p", "policies: { mode: { p: monitor } }\n", Two, "policies: { mode: { p: enforce } }\n", Two },
        {
            "p", "policies:\n  mode:\n    x: enforce   # good\n\n    # the rest\n    default: monitor\nlog:\n  level: info\n", Two,
            "policies:\n  mode:\n    x: enforce   # good\n    p: enforce\n\n    # the rest\n    default: monitor\nlog:\n  level: info\n", Two
        },
        { "p", "policies:\n  mode:\n    default: monitor # all", Two, "policies:\n  mode:\n    default: monitor # all\n    p: enforce", Two },
        {
            "a", "policies: { mode: { default: monitor } }\n", Two,
            "policies: { mode: { p: enforce, default: monitor } }\n",
            "policy: p\nrules:\n  - { id: a, phase: mail, then: [reject] }\n  - { id: b, mode: monitor, phase: rcpt, then: [tempfail] }\n"
        },

        // All three.
        {
            "b", "policies: { mode: { p: monitor } }\n",
            "policy: p\nmode: monitor\nrules:\n  - { id: a, phase: mail, mode: monitor, then: [reject] }\n  - { id: b, phase: rcpt, mode: monitor, then: [tempfail] }\n",
            "policies: { mode: { p: enforce } }\n",
            "policy: p\nmode: enforce\nrules:\n  - { id: a, phase: mail, mode: monitor, then: [reject] }\n  - { id: b, phase: rcpt, mode: enforce, then: [tempfail] }\n"
        },
    };

    [Theory]
    [MemberData(nameof(Edits))]
    public async Task Promote_ChangesTheModeAndNothingElse(string name, string server, string policy, string serverAfter, string policyAfter)
    {
        Write(server, policy);

        var dry = await PromoteAsync(name, "--dry-run");

        Assert.Equal((0, server, policy), (dry.ExitCode, File.ReadAllText(_site.Configuration), File.ReadAllText(PolicyPath)));
        var run = await PromoteAsync(name, "--yes");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal((serverAfter, policyAfter), (File.ReadAllText(_site.Configuration), File.ReadAllText(PolicyPath)));
        Assert.Equal(dry.Output, run.Output);
        Assert.Contains("HUP", run.Error, StringComparison.Ordinal);
        var again = await PromoteAsync(name);
        Assert.Equal((0, true), (again.ExitCode, again.Output.Contains("is enforced already", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Promote_ShowsWhatItChangesAsADiff()
    {
        Write("policies: { mode: { default: monitor } }\n", Two);

        var run = await PromoteAsync("a", "--dry-run");

        Assert.Contains("\n@@ -2,3 +2,3 @@\n rules:\n   - { id: a, phase: mail, then: [reject] }\n-  - { id: b, phase: rcpt, then: [tempfail] }\n+  - { id: b, mode: monitor, phase: rcpt, then: [tempfail] }\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("\n@@ -1,1 +1,1 @@\n-policies: { mode: { default: monitor } }\n+policies: { mode: { p: enforce, default: monitor } }\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promote_KeepsPermissionsAndByteOrderMark()
    {
        Write(string.Empty, "\ufeffpolicy: p\nmode: monitor\nrules:\n  - { id: a, phase: mail, then: [reject] }\n");
        File.SetUnixFileMode(PolicyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        Assert.Equal(0, (await PromoteAsync("a", "--yes")).ExitCode);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(PolicyPath));
        Assert.Equal([0xEF, 0xBB, 0xBF], File.ReadAllBytes(PolicyPath).Take(3));
        Assert.Equal([PolicyPath], Directory.GetFiles(Path.GetDirectoryName(PolicyPath)!));
    }

    [Fact]
    public async Task Promote_WithoutALog_SaysHowToGetOneAndDoesNothing()
    {
        Write("policies: { mode: { default: monitor } }\n", Two);

        var run = await PromoteAsync("p");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("log: { decisions: log/decisions.jsonl }", run.Error, StringComparison.Ordinal);
        Assert.Equal("policies: { mode: { default: monitor } }\n", File.ReadAllText(_site.Configuration));
    }

    [Theory]
    [InlineData("nobody", "No policy and no rule is called 'nobody'")]
    [InlineData("twise", "did you mean 'twice'?")]
    [InlineData("twice", "'twice' is more than one; write one of q/twice, r/twice.")]
    [InlineData("q", "'q' is more than one; write one of q/*, r/q.")]
    [InlineData("r/q", "is off and has seen no mail")]
    [InlineData("q/twice --since soon", "--since")]
    public async Task Promote_OfWhatCannotBe_SaysWhy(string arguments, string message)
    {
        File.WriteAllText(Path.Combine(_site.Root, "policies", "q.yaml"), "policy: q\nmode: monitor\nrules:\n  - { id: twice, phase: mail, then: [reject] }\n");
        File.WriteAllText(Path.Combine(_site.Root, "policies", "r.yaml"), "policy: r\nrules:\n  - { id: twice, phase: rcpt, then: [reject] }\n  - { id: q, phase: rcpt, mode: off, then: [reject] }\n");

        var run = await PromoteAsync(arguments.Split(' '));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    /// <summary>A handler has no mode of its own, so it cannot go on watching.</summary>
    [Fact]
    public async Task Promote_WhereAnotherRuleWouldBeEnforced_WritesNothing()
    {
        const string Policy = "policy: p\nmode: monitor\nrules:\n  - { id: a, phase: mail, then: [reject] }\nhandlers: { mail: h.rb }\n";
        Write(string.Empty, Policy);
        File.WriteAllText(Path.Combine(_site.Root, "policies", "h.rb"), "Pmilter.status = Pmilter::SMFIS_CONTINUE\n");

        var run = await PromoteAsync("a", "--yes");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("Nothing was written: p/handler_mail would be enforce, and should be monitor.", run.Error, StringComparison.Ordinal);
        Assert.Equal(Policy, File.ReadAllText(PolicyPath));
    }

    [Fact]
    public async Task Promote_CountsWhatTheLogSays()
    {
        Write("policies: { mode: { default: monitor } }\nlog: { decisions: decisions.jsonl }\n", Two);
        string[] lines =
        [
            Line("2026-11-01T00:00:00Z", "old@a.example", "RU", "eom", "continue", "a reject"),
            Line("2026-11-20T10:00:00Z", "x@a.example", "RU", "eom", "continue", "a reject"),
            "no json",
            Line("2026-11-21T10:00:00Z", "x@a.example", "RU", "eom", "continue", "a reject", "b tempfail"),
            Line("2026-11-21T11:00:00Z", "y@b.example", "JP", "rcpt", "reject", "b tempfail"),
            Line("2026-11-21T12:00:00Z", "z@c.example", "JP", "eom", "continue"),
        ];
        File.WriteAllLines(Path.Combine(_site.Root, "decisions20261121.jsonl"), lines);

        var rule = await PromoteAsync("p/a", "--dry-run");
        var policy = await PromoteAsync("p", "--dry-run", "--since", "60d");

        Assert.StartsWith(
            """
            p/a, 2026-11-14 12:00 to 2026-11-21 12:00 UTC:
            4 messages in the log; 2 of them (50 %) would have been met.
            verdict         2 reject
            by day          1 2026-11-20
                            1 2026-11-21
            senders         2 x@a.example
            sender domains  2 a.example
            countries       2 RU
            to domains      2 example.jp
            authenticated   0
            went through    2; other rules refused 0

            """,
            rule.Output,
            StringComparison.Ordinal);
        Assert.Contains("5 messages in the log; 4 of them (80 %) would have been met.\nverdict         3 reject\n                2 tempfail\nrule            3 p/a\n                2 p/b\n", policy.Output, StringComparison.Ordinal);
        Assert.Contains("went through    3; other rules refused 1\n", policy.Output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await PromoteAsync("p/a", "--dry-run", "--format", "json")).Output);
        var would = json.RootElement.GetProperty("would");
        Assert.Equal(("p/a", false, 4, 2), (json.RootElement.GetProperty("name").GetString(), json.RootElement.GetProperty("changed").GetBoolean(), would.GetProperty("messages").GetInt32(), would.GetProperty("met").GetInt32()));
        Assert.Equal(("x@a.example", 2), (would.GetProperty("senders")[0].GetProperty("value").GetString(), would.GetProperty("senders")[0].GetProperty("count").GetInt32()));
        Assert.Contains("+policies: { mode: { p: enforce, default: monitor } }", json.RootElement.GetProperty("files")[1].GetProperty("diff").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promote_AsJson_SaysWhatWasChanged_AndThatNothingIsLeft()
    {
        Write("policies: { mode: { default: monitor } }\n", Two);

        using var first = JsonDocument.Parse((await PromoteAsync("p", "--yes", "--format", "json")).Output);
        using var second = JsonDocument.Parse((await PromoteAsync("p", "--yes", "--format", "json")).Output);

        Assert.Equal((true, JsonValueKind.Null, 2), (first.RootElement.GetProperty("changed").GetBoolean(), first.RootElement.GetProperty("would").ValueKind, first.RootElement.GetProperty("rules").GetArrayLength()));
        Assert.Equal((false, 0), (second.RootElement.GetProperty("changed").GetBoolean(), second.RootElement.GetProperty("files").GetArrayLength()));
    }

    /// <summary>The page of the library shows what the program says of such a week.</summary>
    [Fact]
    public async Task Promote_OfTheWeekInTheDocuments_SaysWhatTheyShow()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "docs", "library.md"));
        var begin = page.IndexOf("own_domain/forged_from, ", StringComparison.Ordinal);
        var shown = page[begin..page.IndexOf("```", begin, StringComparison.Ordinal)];
        await CommandRun.OfAsync("init", "own_domain", "--dir", _site.Root);
        File.WriteAllText(_site.Configuration, "policies: { mode: { default: monitor } }\nlog: { decisions: decisions.jsonl }\n");
        string[] met = [.. Enumerable.Range(0, 12).Select(i => Line(
            i < 5 ? $"2026-11-20T10:{i:00}:00Z" : $"2026-11-21T10:{i:00}:00Z",
            i % 4 == 0 ? "h:0a61b7c5d4e3f201@example.jp" : "news@shop.example",
            "JP", "eom", i == 0 ? "reject" : "continue", "own_domain/forged_from reject"))];
        var others = Enumerable.Range(0, 4169).Select(i => Line($"2026-11-21T11:{i / 60 % 60:00}:{i % 60:00}Z", "x@a.example", "JP", "eom", "continue"));
        File.WriteAllLines(Path.Combine(_site.Root, "decisions20261121.jsonl"), [.. met, .. others, Line("2026-11-21T12:00:00Z", "x@a.example", "JP", "eom", "continue")]);

        var run = await PromoteAsync("own_domain/forged_from", "--dry-run");

        Assert.StartsWith(shown, run.Output, StringComparison.Ordinal);
    }

    private static string Line(string time, string from, string country, string phase, string verdict, params string[] would) => string.Create(
        CultureInfo.InvariantCulture,
        $$$"""{"time":"{{{time}}}","id":"1","session":"0001","revision":"0","client":{"ip":"203.0.113.9","country":"{{{country}}}","asn":0,"name":""},"helo":"","mail_from":"{{{from}}}","rcpt":["bob@example.jp"],"sasl_login":"","queue_id":"Q1","phase":"{{{phase}}}","verdict":"{{{verdict}}}","policy":"","rule":"","mode":"","reply":"","would":[{{{string.Join(',', would.Select(Would))}}}],"counters":{},"took_us":1,"values":{}}""");

    private static string Would(string text)
    {
        var rule = text.Split(' ')[0].Split('/');
        return $$"""{"policy":"{{(rule.Length > 1 ? rule[0] : "p")}}","rule":"{{rule[^1]}}","verdict":"{{text.Split(' ')[1]}}","reply":""}""";
    }

    private string PolicyPath => Path.Combine(_site.Root, "policies", "p.yaml");

    private void Write(string server, string policy)
    {
        File.WriteAllText(_site.Configuration, server);
        File.WriteAllText(PolicyPath, policy);
    }

    private Task<CommandRun> PromoteAsync(params string[] arguments) => CommandRun.OfAsync(["promote", .. arguments, "-c", _site.Configuration]);
}
