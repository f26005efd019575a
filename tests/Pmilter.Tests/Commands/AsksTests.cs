using Pmilter.Policies.Compilation;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Negotiation;
using Pmilter.Server;
using Pmilter.Tests.Architecture;

namespace Pmilter.Tests.Commands;

public sealed class AsksTests
{
    private const string Policy = """
        policy: p
        counters:
          subjects: { phase: eoh, count: messages, key: [subject], window: 1h }
        rules:
          - { id: sender, phase: mail, when: "mail_from_user = 'spam'", then: [ reject: '5.7.1 no' ] }
          - { id: many, phase: eoh, limit: { counter: subjects, max: 10 }, then: [ tempfail: '4.7.1 many' ] }
          - { id: mark, phase: eom, when: authenticated, then: [ add_header: 'X-Login: yes' ] }
          - { id: later, phase: eom, mode: 'off', when: "body_contains('x')", then: [ reject: '5.7.1 no' ] }
        """;

    [Fact]
    public async Task Asks_OfAPolicy_NamesTheRulesThatWantIt()
    {
        using var site = new SiteFolder("geoip: { country: '' }\nprotect: { recipients: [] }\n", ("p.yaml", Policy));

        var run = await CommandRun.OfAsync("rules", "--asks", "-c", site.Configuration);

        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        var lines = run.Output.Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToArray();
        Assert.Contains("connect yes no the log", lines);
        Assert.Contains("mail yes yes p/sender", lines);
        Assert.Contains("rcpt no no no rule", lines);
        Assert.Contains("header fields yes no p/many", lines);
        Assert.Contains("end of headers yes yes p/many", lines);
        Assert.Contains("body no no no rule", lines);
        Assert.Contains("end of message yes yes it always has the last word", lines);
        Assert.Contains("may add header fields yes - p/mark", lines);
    }

    [Fact]
    public async Task Asks_AsJson_IsAnArray()
    {
        using var site = new SiteFolder("geoip: { country: '' }\n", ("p.yaml", Policy));

        var run = await CommandRun.OfAsync("rules", "--asks", "--format", "json", "-c", site.Configuration);

        using var json = System.Text.Json.JsonDocument.Parse(run.Output);
        var body = json.RootElement.EnumerateArray().Single(row => row.GetProperty("what").GetString() == "body");
        Assert.False(body.GetProperty("asked").GetBoolean());
        Assert.Equal(0, body.GetProperty("rules").GetArrayLength());
    }

    /// <summary>What the rules want one by one is what they want together: nothing is asked for that no rule is named for.</summary>
    [Fact]
    public void Needs_OfEachShippedRule_AreTogetherThoseOfTheSet()
    {
        var diagnostics = new DiagnosticBag();
        var files = new PolicyFiles(diagnostics);
        var sources = files.ReadAll(Path.Combine(SourceTree.Root, "policies"));

        var set = PolicyCompiler.Compile(sources, files, new CompilerOptions { Now = DateTimeOffset.UnixEpoch, TellsNeeds = true }, diagnostics)!;

        Assert.NotEmpty(set.NeedsByRule);
        Assert.Equal(set.Requirements.Events, set.NeedsByRule.Aggregate(MilterEvents.None, (all, rule) => all | rule.Needs.Events));
        Assert.Equal(set.Requirements.Replies, set.NeedsByRule.Aggregate(MilterEvents.None, (all, rule) => all | rule.Needs.Replies));
        Assert.Equal(set.Requirements.Actions, set.NeedsByRule.Aggregate(MilterActions.None, (all, rule) => all | rule.Needs.Actions));
        Assert.Equal(set.Requirements.RejectedRecipients, set.NeedsByRule.Any(rule => rule.Needs.RejectedRecipients));
    }
}
