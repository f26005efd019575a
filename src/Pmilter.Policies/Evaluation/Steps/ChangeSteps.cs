using Pmilter.Policies.Binding;
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
}

internal sealed class AddHeaderStep(string name, TextTemplate value) : ChangeStep
{
    protected override Modification Make(EvaluationContext context) => new AddHeader(name, value.Render(context));
}

internal sealed class InsertHeaderStep(string name, TextTemplate value, int index) : ChangeStep
{
    protected override Modification Make(EvaluationContext context) => new InsertHeader(index, name, value.Render(context));
}

internal sealed class ChangeHeaderStep(string name, TextTemplate value, int index) : ChangeStep
{
    protected override Modification Make(EvaluationContext context) => new ChangeHeader(name, index, value.Render(context));
}

/// <summary>Index 0 stands for every field of that name; how many there are is known at eom.</summary>
internal sealed class DeleteHeaderStep(string name, int index) : ChangeStep
{
    protected override Modification Make(EvaluationContext context) => new DeleteHeader(name, index);
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
