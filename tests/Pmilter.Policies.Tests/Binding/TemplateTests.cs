using Pmilter.Policies.Binding;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Tests.Syntax;
using Pmilter.Policies.Text;
using Xunit;

namespace Pmilter.Policies.Tests.Binding;

public sealed class TemplateTests
{
    [Theory]
    [InlineData("plain", "plain", "")]
    [InlineData("from {header_from}, {client_ip} {size} {tls}", "from alice@sender.example, 203.0.113.9 154 false", "")]
    [InlineData("{{x} }", "{x} }", "")]
    [InlineData("{mail_from}!", "<>!", "mail_from=<>")]
    [InlineData("{subject}", "a?b", "header.Subject=aéb")]
    [InlineData("{subject}", "aéb", "header.Subject=aéb; mail_arg=SMTPUTF8")]
    [InlineData("{subject}", "ab", "header.Subject=a\tb")]
    [InlineData("{rule} of {policy}: {count} > {limit_max}, retry in {retry_after}", "r of p: 21 > 20, retry in 10 s", "")]
    public void Render_Reply_FillsHoles(string text, string expected, string facts)
    {
        var context = Mother.Context(StoryReader.Read(facts));
        context.Template.Rule = "r";
        context.Template.Policy = "p";
        context.Template.Count = 21;
        context.Template.LimitMax = 20;
        context.Template.RetryAfter = TimeSpan.FromSeconds(9.2);

        Assert.Equal(expected, Read(text, TemplateKind.Reply).Template?.Render(context));
    }

    [Fact]
    public void Render_LongValue_IsCutBetweenCharacters()
    {
        var context = Mother.Context(new Story { Headers = [("Subject", new string('a', 59) + "😀b")] });

        Assert.Equal(new string('a', 59), Read("{subject}", TemplateKind.Log).Template?.Render(context));
    }

    [Fact]
    public void Render_BytesThatAreNoText_BecomeQuestionMarks()
    {
        var transaction = Mother.Transaction(new Story { Phase = Phase.Data });
        var macros = Protocol.Sessions.MacroTable.Of(new Dictionary<string, string>());
        transaction.Apply(new Protocol.Commands.HeaderCommand(Mother.Bytes("Subject"), new byte[] { (byte)'a', 0xE9, (byte)'b' }), macros);
        transaction.ApplyEndOfMessage(macros);

        Assert.Equal("a?b", Read("{subject}", TemplateKind.Message).Template?.Render(new(transaction)));
    }

    [Theory]
    [InlineData("{sbject}", "PM146", "{sbject}")]
    [InlineData("a {subject", "PM148", "{subject")]
    [InlineData("{retry_after}", "PM147", "{retry_after}")]
    [InlineData("{rcpt_to}", "PM132", "{rcpt_to}")]
    public void Read_Mistake_IsReported(string text, string id, string caret)
    {
        var (template, bag) = Read(text, TemplateKind.PlainReply);

        var diagnostic = Assert.Single(bag.All);
        Assert.Equal((id, caret), (diagnostic.Id, Expressions.Written(diagnostic.Span)));
        Assert.Null(template);
    }

    [Fact]
    public void Read_RetryAfter_IsToldToTheEngine()
    {
        Assert.True(Read("{retry_after}", TemplateKind.Reply).Template?.NeedsRetryAfter);
        Assert.False(Read("{count}", TemplateKind.Reply).Template?.NeedsRetryAfter);
    }

    private static (TextTemplate? Template, DiagnosticBag Bag) Read(string text, TemplateKind kind)
    {
        var bag = new DiagnosticBag();
        var binder = new ExpressionBinder(Bound.Scope(), bag, new SlotAllocator());
        return (binder.BindTemplate(Expressions.Scalar(text), new BindingSite(Phase.Eom), kind), bag);
    }
}
