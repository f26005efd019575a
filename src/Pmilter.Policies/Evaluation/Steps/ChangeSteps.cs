using Pmilter.Policies.Binding;
using Pmilter.Policies.Evaluation.Changes;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Mail.Headers;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Wire;

namespace Pmilter.Policies.Evaluation.Steps;

/// <summary>A change to the message: made into a value now, applied at eom. Monitor rules' are dropped.</summary>
internal abstract class ChangeStep : RuleStep
{
    public sealed override EvaluationStatus Run(StepScope scope)
    {
        if (!scope.IsShadow)
        {
            scope.Changes.Add(Make(scope.Context));
        }

        return EvaluationStatus.Known;
    }

    protected abstract Modification Make(EvaluationContext context);

    protected static string Written(string name, TextTemplate value, EvaluationContext context) =>
        HeaderEncoding.Encode(name, value.Render(context), context.Transaction.Message.Sender.Parameters.IsSmtpUtf8);
}

internal sealed class AddHeaderStep(string name, TextTemplate value) : ChangeStep
{
    protected override Modification Make(EvaluationContext context) => new AddHeader(name, Written(name, value, context));
}

internal sealed class InsertHeaderStep(string name, TextTemplate value, int index) : ChangeStep
{
    protected override Modification Make(EvaluationContext context) => new InsertHeader(index, name, Written(name, value, context));
}

internal sealed class ChangeHeaderStep(string name, TextTemplate value, int index) : ChangeStep
{
    protected override Modification Make(EvaluationContext context) => new ChangeHeader(name, index, Written(name, value, context));
}

internal sealed class ChangeMatchingHeadersStep(string name, Pattern pattern, TextTemplate value) : ChangeStep
{
    protected override Modification Make(EvaluationContext context) => new ChangeMatchingHeaders(name, pattern, Written(name, value, context));
}

/// <summary>Index 0 stands for every field of that name; how many there are is known at eom.</summary>
internal sealed class DeleteHeaderStep(string name, int index) : ChangeStep
{
    protected override Modification Make(EvaluationContext context) => new DeleteHeader(name, index);
}

internal sealed class DeleteHeadersStep(HeaderNames names, Pattern? pattern) : ChangeStep
{
    protected override Modification Make(EvaluationContext context) => new DeleteHeaders(names, pattern);
}

internal sealed class PrefixSubjectStep(TextTemplate prefix) : ChangeStep
{
    protected override Modification Make(EvaluationContext context) => new PrefixSubject(prefix.Render(context));
}

/// <summary><c>add_banner:</c> and <c>add_footer:</c>.</summary>
internal sealed class AddTextStep(BodyEnd end, TextTemplate text, TextTemplate? html) : RuleStep
{
    public override EvaluationStatus Run(StepScope scope)
    {
        if (!scope.IsShadow)
        {
            scope.Changes.Add(new AddToBody(scope.Outcome.Rule, end, text.Render(scope.Context), html?.Render(scope.Context)));
        }

        return EvaluationStatus.Known;
    }
}

internal sealed class ChangeSenderStep(TextTemplate address, string? arguments) : ChangeStep
{
    protected override Modification Make(EvaluationContext context) => new ChangeSender(address.Render(context), arguments);
}

internal sealed class AddRecipientStep(TextTemplate address, string? arguments) : ChangeStep
{
    protected override Modification Make(EvaluationContext context) => new AddRecipient(address.Render(context), arguments);
}

internal sealed class DeleteRecipientStep(TextTemplate address) : ChangeStep
{
    protected override Modification Make(EvaluationContext context) => new DeleteRecipient(address.Render(context));
}

internal sealed class ReplaceBodyStep(TextTemplate text) : ChangeStep
{
    /// <summary>MTAs want CRLF here; YAML gives LF.</summary>
    protected override Modification Make(EvaluationContext context)
    {
        var body = text.Render(context).ReplaceLineEndings("\r\n");
        return new ReplaceBody(MailText.Encode(body.EndsWith('\n') ? body : body + "\r\n"));
    }
}
