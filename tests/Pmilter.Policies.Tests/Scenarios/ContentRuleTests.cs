using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Mail.Content;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Tests.Mail.Content;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;
using Pmilter.TestKit.Scenarios;
using Xunit;

namespace Pmilter.Policies.Tests.Scenarios;

/// <summary>Rules that ask for a message's content.</summary>
public sealed class ContentRuleTests
{
    private static readonly string Mail = Mime.Multipart(
        "Content-Type: text/plain; charset=utf-8\n\nUnpaid   invoice, see the file.\n",
        "Content-Type: text/html\n\n<p>You won the lot<b></b>tery, claim&nbsp;now</p>\n",
        Mime.File("Content-Type: application/pdf\nContent-Disposition: attachment; filename=\"Invoice.PDF.exe.\"", new byte[3000]),
        Mime.File("Content-Type: application/zip; name=docs.zip", Mime.Zip("a.txt", "word/vbaProject.bin")));

    [Theory]
    [InlineData("attachment_count = 2")]
    [InlineData("attachment_names = 'Invoice.PDF.exe, docs.zip'")]
    [InlineData("not content_truncated and not body_truncated")]
    [InlineData("attachment_ext_in('exe')")]
    [InlineData("attachment_ext_in('.EXE', 'scr')")]
    [InlineData("attachment_ext_in('pdf.exe')")]
    [InlineData("attachment_ext_in('txt')")]
    [InlineData("not attachment_ext_in('pdf', 'scr')")]
    [InlineData("attachment_matches('macros')")]
    [InlineData("not attachment_matches('never')")]
    [InlineData("body_contains('UNPAID')")]
    [InlineData("body_contains('lottery')")]
    [InlineData("body_contains('<p>')")]
    [InlineData("not body_contains('nowhere')")]
    [InlineData("body_matches('bait')")]
    [InlineData("any_part(part_type = 'application/pdf' and part_size = 3000 and part_disposition = 'attachment')")]
    [InlineData("any_part(part_type = 'application/pdf' and attachment_ext_in('exe'))")]
    [InlineData("not any_part(part_type = 'application/zip' and attachment_ext_in('exe'))")]
    [InlineData("any_part(part_ext = 'zip' and part_entries >= 2 and not part_encrypted)")]
    [InlineData("any_part(part_type = 'text/html' and body_contains('lottery')) and not any_part(part_type = 'text/plain' and body_contains('lottery'))")]
    [InlineData("parts(part_is_attachment) = attachment_count")]
    [InlineData("parts(part_depth = 1 and part_charset = 'utf-8') = 1")]
    [InlineData("any_part(part_name = 'invoice.pdf.exe')")]
    [InlineData("not any_part(banned('b', part_type)) and any_part(part_ext = 'zip')")]
    [InlineData("any_rcpt(rcpt_to_domain = 'example.jp') and any_part(part_ext = 'exe')")]
    public void Condition_OnAMail_Holds(string condition) => Assert.Equal(VerdictKind.Reject, Send(Policy(condition), Mail).Verdict.Kind);

    [Theory]
    [InlineData("part_ext = 'exe'", "PM132")]
    [InlineData("any_part(any_part(part_ext = 'exe'))", "PM143")]
    [InlineData("any_rcpt(any_part(part_ext = 'exe'))", "PM143")]
    [InlineData("any_part(any_rcpt(rcpt_to = 'x'))", "PM143")]
    [InlineData("attachment_ext_in('*.exe')", "PM136")]
    [InlineData("attachment_ext_in(subject)", "PM135")]
    [InlineData("attachment_matches('nosuch')", "PM102")]
    [InlineData("body_contains('')", "PM136")]
    [InlineData("any_part(part_ext)", "PM130")]
    public void Condition_Wrong_IsReported(string condition, string id) => Assert.Contains(Compiled.Diagnose(Policy(condition)), diagnostic => diagnostic.Id == id);

    [Theory]
    [InlineData("attachment_count > 0")]
    [InlineData("attachment_ext_in('exe')")]
    [InlineData("any_part(part_size > 0)")]
    [InlineData("body_contains('x')")]
    public void Condition_BeforeEom_IsReported(string condition) =>
        Assert.Contains(Compiled.Diagnose(Policy(condition).Replace("phase: eom", "phase: eoh", StringComparison.Ordinal)), diagnostic => diagnostic.Id == "PM131");

    [Theory]
    [InlineData("attachment_ext_in('exe')", VerdictKind.Reject)]
    [InlineData("attachment_ext_in('nosuch')", VerdictKind.Tempfail)]
    [InlineData("any_part(part_ext = 'nosuch')", VerdictKind.Tempfail)]
    [InlineData("not attachment_ext_in('nosuch')", VerdictKind.Tempfail)]
    [InlineData("parts(part_size > 0) > 100", VerdictKind.Tempfail)]
    [InlineData("content_truncated", VerdictKind.Reject)]
    [InlineData("attachment_ext_in('nosuch') and subject = 'other'", VerdictKind.Continue)]
    public void Condition_BeyondALimit_YesIsYesAndNoIsNotKnown(string condition, VerdictKind expected)
    {
        var decision = Send(Policy(condition), Mail, new EngineOptions { Content = new ContentLimits { Parts = 3 }, OnError = OnError.Tempfail });
        Assert.Equal(expected, decision.Verdict.Kind);
        Assert.All(decision.Errors, error => Assert.True(error.IsToldElsewhere));
    }

    [Fact]
    public void Requirements_OfContent_AreHeadersAndBody()
    {
        var set = new Scenario(Policy("attachment_count > 0")).Set;
        Assert.True(set.Requirements.Events.HasFlag(MilterEvents.Header | MilterEvents.Body));
        Assert.Equal(ContentNeeds.Parts, set.ContentNeeds);
        Assert.Equal(ContentNeeds.None, new Scenario(Policy("body_size > 0")).Set.ContentNeeds);
        Assert.Equal(ContentNeeds.None, new Scenario("policy: p\nrules:\n  - { id: r, phase: eom, mode: off, when: \"attachment_count > 0\", then: [ reject ] }\n").Set.ContentNeeds);
    }

    [Fact]
    public void Requirements_OfACounterThatARuleReads_AreItsContents()
    {
        const string policy = "policy: p\ncounters:\n  c: { phase: eom, count: messages, key: [client_ip], window: 60s, when: \"attachment_count > 1\" }\nrules:\n  - { id: r, phase: eom, when: \"counter('c') > 0\", then: [ reject ] }\n";
        Assert.Equal(VerdictKind.Reject, Send(policy, Mail).Verdict.Kind);
    }

    /// <summary>Nothing is parsed unless a rule asks.</summary>
    [Fact]
    public void Body_WithoutContentRules_CostsNothing()
    {
        var client = new Scenario(Policy("body_size > 1000000000")).Connect();
        client.Mail();
        client.Rcpt("bob@example.jp");
        client.Header("Content-Type", "multipart/mixed; boundary=b");
        var text = new string('x', 60_000);
        client.Body(text);
        Assert.Same(MessageContent.None, client.Transaction.Message.Content);
        Assert.Null(client.Transaction.Message.Feed);
    }

    [Fact]
    public void ReadValues_OfContentRules_AreAnswers()
    {
        var client = new Scenario(Policy("body_contains('unpaid') and body_matches('bait') and attachment_ext_in('nosuch')")).Connect();
        Assert.Equal(VerdictKind.Continue, Send(client, Mail, end: false).Verdict.Kind);
        var values = client.Engine.ReadValues().ToDictionary(value => value.Name, value => value.Value, StringComparer.Ordinal);
        Assert.Equal(true, values["body_contains('unpaid')"]);
        Assert.Equal(true, values[@"body_matches('claim\s+now|unpaid\s+invoice')"]);
    }

    private static string Policy(string condition) =>
        $"policy: p\npatterns:\n  macros: 'vbaProject\\.bin$'\n  never: '^never$'\n  bait: 'claim\\s+now|unpaid\\s+invoice'\nbans:\n  b: {{ key: [\"subject\"], for: 1h }}\nrules:\n  - {{ id: r, phase: eom, when: \"{condition}\", then: [ reject ] }}\n  - {{ id: n, phase: eom, when: \"banned('b')\", then: [ reject ] }}\n";

    private static Decision Send(string policy, string message, EngineOptions? options = null) =>
        Send(new Scenario(policy) { Engine = options ?? new EngineOptions() }.Connect(), message);

    private static Decision Send(SmtpClient client, string message, bool end = true)
    {
        client.Helo();
        client.Mail();
        client.Rcpt("bob@example.jp");
        var split = message.IndexOf("\n\n", StringComparison.Ordinal);
        foreach (var field in message[..split].Split('\n'))
        {
            var colon = field.IndexOf(':', StringComparison.Ordinal);
            client.Header(field[..colon], field[(colon + 1)..]);
        }

        client.Eoh();
        client.Body(message[(split + 2)..].ReplaceLineEndings("\r\n"));
        if (end)
        {
            return client.Eom();
        }

        client.Transaction.ApplyEndOfMessage(Pmilter.Protocol.Sessions.MacroTable.Of(new Dictionary<string, string>()));
        return client.Engine.EvaluateAsync(Phase.Eom, Scenario.Start, CancellationToken.None).AsTask().GetAwaiter().GetResult();
    }
}
