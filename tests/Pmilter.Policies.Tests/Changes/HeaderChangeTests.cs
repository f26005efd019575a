using Pmilter.Policies.Mail.Headers;
using Pmilter.Protocol.Replies;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Changes;

public sealed class HeaderChangeTests
{
    [Fact]
    public void Delete_ByPattern_TakesTheMatchingFieldsHighestFirst()
    {
        var changes = Changes(
            "delete_header: { name: X-Spam-Status, pattern: yes }",
            ("X-Spam-Status", "Yes, score=9"), ("x-spam-status", "No"), ("X-Spam-Status", "=?utf-8?q?yes?="));

        Assert.Equal([new DeleteHeader("X-Spam-Status", 3), new DeleteHeader("X-Spam-Status", 1)], changes);
    }

    [Fact]
    public void Delete_ByBeginning_TakesEveryFieldOfThoseNames()
    {
        var changes = Changes("delete_header: 'X-Spam-*'", ("X-Spam-Status", "Yes"), ("X-Spam", "1"), ("x-spam-flag", "YES"), ("X-SPAM-STATUS", "No"));

        Assert.Equal([new DeleteHeader("X-Spam-Status", 2), new DeleteHeader("X-Spam-Status", 1), new DeleteHeader("x-spam-flag", 1)], changes);
    }

    [Fact]
    public void Delete_ByBeginningAndPattern_LooksAtValues()
    {
        var changes = Changes("delete_header: { name: 'X-*', pattern: yes }", ("X-A", "yes"), ("X-B", "no"), ("A", "yes"));

        Assert.Equal([new DeleteHeader("X-A", 1)], changes);
    }

    [Fact]
    public void Change_ByPattern_LeavesOthersAlone()
    {
        var changes = Changes("change_header: { name: X-Level, value: none, pattern: yes }", ("X-Level", "no"), ("X-Level", "yes"));

        Assert.Equal([new ChangeHeader("X-Level", 2, "none")], changes);
    }

    [Theory]
    [InlineData("hello", "[EXT] hello")]
    [InlineData("[ext] hello", null)]
    [InlineData("Re: [EXT] hello", null)]
    [InlineData("=?utf-8?B?5b2T6YG4?=", "[EXT] =?utf-8?B?5b2T6YG4?=")]
    [InlineData("=?utf-8?q?=5BEXT=5D_hello?=", null)]
    [InlineData("two\n lines", "[EXT] two\n lines")]
    public void SubjectPrefix_IsPutOnce(string subject, string? expected)
    {
        var changes = Changes("subject_prefix: '[EXT] '", ("Subject", subject));

        Assert.Equal(expected is null ? [] : [new ChangeHeader("Subject", 1, expected)], changes);
    }

    [Fact]
    public void SubjectPrefix_WithoutASubject_MakesOne() =>
        Assert.Equal([new AddHeader("Subject", "[EXT]")], Changes("subject_prefix: '[EXT] '", ("From", "a@x.example")));

    [Fact]
    public void SubjectPrefix_BeyondAscii_IsEncodedWithTheSubject()
    {
        var change = Assert.IsType<ChangeHeader>(Assert.Single(Changes("subject_prefix: '【社外】 '", ("Subject", "=?utf-8?B?5b2T6YG4?="))));

        Assert.Equal("【社外】 当選", HeaderText.Read(change.Value));
        Assert.True(System.Text.Ascii.IsValid(change.Value));
    }

    [Fact]
    public void SubjectPrefix_OfTwoRules_PutsBoth() =>
        Assert.Equal([new ChangeHeader("Subject", 1, "[A] [B] hello")], Changes("subject_prefix: '[B] '\n      - subject_prefix: '[A] '", ("Subject", "hello")));

    [Fact]
    public void Order_OfOneName_ChangesFirstThenDeletesThenNewOnes()
    {
        var changes = Changes(
            "add_header: 'X-A: new'\n      - delete_header: { name: X-A, index: 1 }\n      - change_header: { name: X-A, index: 3, value: c }\n      - delete_header: { name: X-A, index: 2 }",
            ("X-A", "1"), ("X-A", "2"), ("X-A", "3"));

        Assert.Equal([new ChangeHeader("X-A", 3, "c"), new DeleteHeader("X-A", 2), new DeleteHeader("X-A", 1), new AddHeader("X-A", "new")], changes);
    }

    [Fact]
    public void Change_OfAFieldThatIsDeleted_IsDropped() =>
        Assert.Equal([new DeleteHeader("X-A", 1)], Changes("change_header: 'X-A: b'\n      - delete_header: X-A", ("X-A", "1")));

    [Theory]
    [InlineData("X-Note: grün", "=?utf-8?", "grün")]
    [InlineData("X-Note: 日本語", "=?utf-8?", "日本語")]
    public void Value_BeyondAscii_IsEncoded(string header, string begins, string read)
    {
        var change = Assert.IsType<AddHeader>(Assert.Single(Changes($"add_header: '{header}'")));

        Assert.StartsWith(begins, change.Value, StringComparison.Ordinal);
        Assert.Equal(read, HeaderText.Read(change.Value));
    }

    [Fact]
    public void Value_OfAnAddressHeader_EncodesTheNameOnly()
    {
        var change = Assert.IsType<AddHeader>(Assert.Single(Changes("add_header: 'Reply-To: \"Jürgen\" <j@x.example>'")));

        Assert.EndsWith("<j@x.example>", change.Value, StringComparison.Ordinal);
        Assert.True(System.Text.Ascii.IsValid(change.Value));
    }

    [Fact]
    public void Value_InSmtpUtf8Mail_StaysAsItIs() =>
        Assert.Equal([new AddHeader("X-Note", "grün")], ChangesOf(new Scenario(Policy("add_header: 'X-Note: grün'")), "SMTPUTF8", []));

    [Fact]
    public void Value_OfManyWords_IsFoldedBelow998()
    {
        var words = string.Join(' ', Enumerable.Repeat("word", 400));
        var change = Assert.IsType<AddHeader>(Assert.Single(Changes($"add_header: 'X-Long: {words}'")));

        Assert.All(change.Value.Split('\n'), line => Assert.InRange(line.Length, 1, 78));
        Assert.Equal(words, change.Value.Replace("\n", string.Empty, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("delete_header: { name: X-A, pattern: nope }", "PM102")]
    [InlineData("delete_header: { name: X-A, pattern: yes, index: 1 }", "PM217")]
    [InlineData("delete_header: '*'", "PM229")]
    [InlineData("add_header: { name: 'X-*', value: v, pattern: yes }", "PM217")]
    [InlineData("add_footer: { html: '<p>' }", "PM217")]
    public void WrongArguments_AreReported(string step, string id) =>
        Assert.Contains(Compiled.Diagnose(Policy(step)), d => d.Id == id);

    private static IReadOnlyList<Modification> Changes(string step, params (string Name, string Value)[] headers) =>
        ChangesOf(new Scenario(Policy(step)), string.Empty, headers);

    private static IReadOnlyList<Modification> ChangesOf(Scenario scenario, string parameters, (string Name, string Value)[] headers)
    {
        var client = scenario.Connect();
        client.Mail(parameters: parameters);
        foreach (var (name, value) in headers)
        {
            client.Header(name, value);
        }

        return client.Eom().Modifications;
    }

    private static string Policy(string step) => $$"""
        policy: p
        patterns:
          yes: '^yes'
        rules:
          - id: change
            phase: eom
            then:
              - {{step}}
        """;
}
