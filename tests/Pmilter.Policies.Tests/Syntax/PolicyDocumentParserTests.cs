using Pmilter.Policies.Lists;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Syntax;

public sealed class PolicyDocumentParserTests
{
    [Fact]
    public void Parse_WholeExample_GivesTheDocument()
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "example.yaml"));
        var document = Parse(text);

        Assert.Equal("bulk_by_country", document.Name.Value);
        Assert.Equal([ListType.Country, ListType.Cidr], document.Lists.Select(list => list.Content.Type));
        Assert.Equal("in_list(client_country, 'watched_countries')", Expressions.Prefix(document.When!));
        Assert.True(document.Patterns[0].Pattern.IsMatch("you won the LOTTERY"));
        Assert.Equal(["same_from 10", "bait 60"], document.Counters.Select(counter => $"{counter.Name.Value} {counter.Window!.Value.TotalSeconds}"));
        var rule = document.Rules[0];
        Assert.Equal(("bulk_same_from", Phase.Eoh), (rule.Id.Value, rule.Phase.Value));
        Assert.Equal(20, Assert.IsType<NumberSyntax>(rule.Limit!.Max).Value);
        Assert.Equal(TimeSpan.FromSeconds(10), rule.Limit.Hold!.For.Value);
        Assert.Equal("tempfail", rule.Then[0].Name.Value);
        Assert.StartsWith("4.7.1 Too much", Assert.IsType<YamlScalar>(rule.Then[0].Argument).Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_EveryKeyOfARule_IsRead()
    {
        var rule = Parse("""
            policy: p
            rules:
              - id: r
                phase: rcpt
                when: a
                unless: b
                limit: { counter: c, max: "if(d, 1, 2)", hold: { for: 1m, after: empty } }
                then: [ { score: +2.5 }, { add_header: { name: X, value: 'y z' } }, accept ]
                mode: monitor
                schedule: { days: [sat-mon, wed], from: '22:00', to: '06:00', zone: Asia/Tokyo }
                from: 2026-01-01T00:00Z
                until: 2026-06-01T09:00:00+09:00
                on_error: tempfail
                timeout: 2s
                protected: include
                mta_refused: include
                tags: [x, y]
                description: text
                owner: me
            """).Rules[0];

        Assert.Equal("(If d 1 2)", Expressions.Prefix(rule.Limit!.Max));
        Assert.Equal(new HoldSyntax(rule.Limit.Hold!.For, true), rule.Limit.Hold);
        Assert.Equal(["score", "add_header", "accept"], rule.Then.Select(step => step.Name.Value));
        Assert.Null(rule.Then[2].Argument);
        Assert.Equal(PolicyMode.Monitor, rule.Mode!.Value);
        Assert.Equal([DayOfWeek.Sunday, DayOfWeek.Monday, DayOfWeek.Wednesday, DayOfWeek.Saturday], rule.Schedule!.Days.Order());
        Assert.Equal((new TimeOnly(22, 0), new TimeOnly(6, 0), "Asia/Tokyo"), (rule.Schedule.From, rule.Schedule.To, rule.Schedule.Zone!.Value));
        Assert.Equal(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero), rule.Until!.Value);
        Assert.Equal(OnError.Tempfail, rule.OnError!.Value);
        Assert.True(rule.IncludesProtected && rule.IncludesMtaRefused);
        Assert.Equal("x y", string.Join(' ', rule.Tags));
    }

    [Theory]
    [InlineData("distinct(client_country)", CountKind.Distinct, "client_country")]
    [InlineData("\"sum(size / 1024)\"", CountKind.Sum, "(Divide size 1024)")]
    [InlineData("recipients", CountKind.Recipients, null)]
    public void Parse_Count_GivesKindAndExpression(string count, CountKind kind, string? of)
    {
        var counter = Parse($"policy: p\ncounters:\n  c: {{ phase: eom, count: {count}, key: [client_ip, \"net(client_ip, 24, 64)\"], window: 1h, scope: local, max_memory: 2MB, refused: count }}\n").Counters[0];

        Assert.Equal(kind, counter.Count.Value);
        Assert.Equal(of, counter.CountOf is null ? null : Expressions.Prefix(counter.CountOf));
        Assert.Equal(["client_ip", "net(client_ip, 24, 64)"], counter.Key.Select(Expressions.Prefix));
        Assert.Equal((true, 2L * 1024 * 1024, RefusedHits.Count), (counter.IsLocal, counter.MaxMemoryBytes, counter.Refused));
    }

    [Theory]
    [InlineData("2h", "02:00:00")]
    [InlineData("[10m, 2h, released]", "00:10:00 02:00:00 -")]
    [InlineData("released", "-")]
    public void Parse_Ban_GivesItsSteps(string time, string expected)
    {
        var ban = Parse($"policy: p\nbans:\n  b: {{ key: [client_ip], for: {time} }}\n").Bans[0];

        Assert.Equal(expected, string.Join(' ', ban.For.Select(step => step?.ToString() ?? "-")));
        Assert.Equal(TimeSpan.FromDays(7), ban.Forget);
    }

    [Fact]
    public void Parse_OneBrokenRule_KeepsTheOthers()
    {
        var diagnostics = new DiagnosticBag();
        var text = "policy: p\nrules:\n  - { id: a, phase: nowhere, then: [accept] }\n  - { id: b, phase: eom, wehn: x, then: [accept] }\n  - { id: c, phase: eom, then: [accept] }\n";

        var document = PolicyDocumentParser.Parse(new SourceText("p.yaml", text), new ListFiles(), diagnostics);

        Assert.Equal(["b", "c"], document!.Rules.Select(rule => rule.Id.Value));
        Assert.Equal(["PM173", "PM170"], diagnostics.All.Select(found => found.Id));
    }

    [Theory]
    [InlineData("", "PM171")]
    [InlineData("- a", "PM172")]
    [InlineData("policy: P", "PM175")]
    [InlineData("policy: p\nhandlers: { envfrom: x.rb }", "PM170")]
    [InlineData("policy: p\nmemories: { m: {} }", "PM171")]
    [InlineData("policy: p\nmemories: { m: { key: [mail_from], for: 0s } }", "PM174")]
    [InlineData("policy: p\nmemories: { m: { key: [] } }", "PM178")]
    [InlineData("policy: p\ngreylists: { g: {} }", "PM171")]
    [InlineData("policy: p\ngreylists: { g: 5m }", "PM172")]
    [InlineData("policy: p\ngreylists: { g: { key: [] } }", "PM178")]
    [InlineData("policy: p\ngreylists: { g: { key: [client_net], delay: 5 } }", "PM173")]
    [InlineData("policy: p\ngreylists: { g: { key: [client_net], dealy: 5m } }", "PM170")]
    [InlineData("policy: p\ngreylists: { g: { key: [client_net], delay: 1h, retry_within: 1h } }", "PM178")]
    [InlineData("policy: p\ngreylists: { g: { key: [client_net], trust_client_after: -1 } }", "PM174")]
    [InlineData("policy: p\nrules:\n  - { id: a, phase: envrcpt, then: [accept] }", "PM173")]
    public void Parse_Mistake_OneDiagnostic(string text, string id)
    {
        var diagnostics = new DiagnosticBag();

        PolicyDocumentParser.Parse(new SourceText("p.yaml", text), new ListFiles(), diagnostics);

        Assert.Equal(id, Assert.Single(diagnostics.All).Id);
    }

    private static PolicyDocument Parse(string text)
    {
        var diagnostics = new DiagnosticBag();
        var document = PolicyDocumentParser.Parse(new SourceText("p.yaml", text), new ListFiles { ["lists/partners.txt"] = "192.0.2.0/24" }, diagnostics);
        Assert.Empty(diagnostics.All);
        return document!;
    }
}
