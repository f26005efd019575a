using System.Text;
using Pmilter.Policies.Binding;
using Pmilter.Policies.Binding.Rules;
using Pmilter.Policies.Syntax;
using Pmilter.Protocol.Replies;

namespace Pmilter.Policies.Evaluation;

/// <summary>Makes SMTP replies: the rule's text with its holes filled, or the server's default.</summary>
internal sealed class ReplyComposer(EngineOptions options, EventOutcome outcome)
{
    private readonly SmtpReply? _tempfail = options.DefaultReplies.Tempfail;
    private readonly SmtpReply? _reject = options.DefaultReplies.Reject;

    public Verdict Compose(RuleReference rule, VerdictWord word, BoundReply? reply, EvaluationContext context)
    {
        var text = word == VerdictWord.Tempfail ? _tempfail : _reject;
        if (reply is not null && Fill(rule, reply, context) is { } filled)
        {
            text = filled;
        }

        return word == VerdictWord.Tempfail ? Verdict.Tempfail(text) : Verdict.Reject(text);
    }

    /// <summary>The rule's own text, or <c>server.replies.greylist</c>.</summary>
    public Verdict Greylisted(RuleReference rule, BoundReply? reply, EvaluationContext context)
    {
        if (reply is not null && Fill(rule, reply, context) is { } filled)
        {
            return Verdict.Tempfail(filled);
        }

        var rest = new StringBuilder();
        SpecialHoles.Find("retry_after")?.Append(context.Template, rest);
        return Verdict.Tempfail(Default(options.GreylistReply.Replace("{retry_after}", rest.ToString(), StringComparison.Ordinal), 451) ?? _tempfail);
    }

    public Verdict OnError(OnError onError) => onError switch
    {
        Syntax.OnError.Tempfail => Verdict.Tempfail(_tempfail),
        Syntax.OnError.Reject => Verdict.Reject(_reject),
        Syntax.OnError.Accept => Verdict.Accept,
        _ => Verdict.Continue,
    };

    /// <summary>A text of the configuration as a reply; null where it makes none of that class.</summary>
    internal static SmtpReply? Default(string text, int code)
    {
        var parsed = ReplyText.Parse(text);
        return SmtpReply.TryCreate(parsed.Code ?? code, parsed.EnhancedCode, [parsed.Text], out var reply, out _) && reply.Code / 100 == code / 100 ? reply : null;
    }

    private SmtpReply? Fill(RuleReference rule, BoundReply reply, EvaluationContext context)
    {
        var lines = new string[reply.Lines.Length];
        for (var i = 0; i < lines.Length; i++)
        {
            lines[i] = reply.Lines[i].Render(context);
        }

        if (SmtpReply.TryCreate(reply.Code, reply.EnhancedCode, lines, out var filled, out var error))
        {
            return filled;
        }

        outcome.Error(rule, $"The reply cannot be sent, the default is: {error}");
        return null;
    }
}
