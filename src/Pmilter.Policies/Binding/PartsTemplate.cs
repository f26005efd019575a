using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using Pmilter.Policies.Evaluation;

namespace Pmilter.Policies.Binding;

/// <summary>A text made of literals and holes.</summary>
internal sealed class PartsTemplate(ImmutableArray<TemplatePart> parts, ExpressionUsage usage, TemplateKind kind, bool needsRetryAfter) : TextTemplate(usage)
{
    /// <summary>A reply names a value, it does not quote it at length.</summary>
    private const int MaxShownCharacters = 60;

    /// <summary>A header or an address must not be cut into another one: RFC 5322's line.</summary>
    private const int MaxWrittenCharacters = 998;

    public override bool NeedsRetryAfter => needsRetryAfter;

    public override string Render(EvaluationContext context)
    {
        var text = new StringBuilder();
        var value = new StringBuilder();
        foreach (var part in parts)
        {
            if (part is LiteralPart literal)
            {
                text.Append(literal.Text);
                continue;
            }

            value.Clear();
            part.Append(context, value);
            if (kind == TemplateKind.Html)
            {
                var shown = new StringBuilder();
                CleanText.Append(value.ToString(), MaxWrittenCharacters, shown);
                text.Append(WebUtility.HtmlEncode(shown.ToString()));
                continue;
            }

            CleanText.Append(value.ToString(), kind == TemplateKind.Message ? MaxWrittenCharacters : MaxShownCharacters, text);
        }

        var isAscii = kind is TemplateKind.Reply or TemplateKind.PlainReply && !context.Transaction.Message.Sender.Parameters.IsSmtpUtf8;
        return isAscii ? CleanText.ToAscii(text.ToString()) : text.ToString();
    }
}

internal abstract class TemplatePart
{
    public abstract void Append(EvaluationContext context, StringBuilder text);
}

internal sealed class LiteralPart(string text) : TemplatePart
{
    public string Text { get; } = text;

    public override void Append(EvaluationContext context, StringBuilder text) => text.Append(Text);
}

internal sealed class SpecialPart(Action<TemplateValues, StringBuilder> append) : TemplatePart
{
    public override void Append(EvaluationContext context, StringBuilder text) => append(context.Template, text);
}

internal sealed class FieldPart(TypedNode node) : TemplatePart
{
    public override void Append(EvaluationContext context, StringBuilder text)
    {
        switch (node.Type)
        {
            case ValueType.Number:
                node.Number.Evaluate(context, out var number);
                text.Append(CultureInfo.InvariantCulture, $"{number}");
                break;
            case ValueType.Bool:
                node.Bool.Evaluate(context, out var truth);
                text.Append(truth ? "true" : "false");
                break;
            case ValueType.Ip:
                node.Ip.Evaluate(context, out var address);
                text.Append(CultureInfo.InvariantCulture, $"{address}");
                break;
            default:
                node.Text.Evaluate(context, out var value);
                text.Append(node.Field is { IsSender: true } && context.Transaction.Message.Sender.IsBounce ? "<>" : value);
                break;
        }
    }
}
