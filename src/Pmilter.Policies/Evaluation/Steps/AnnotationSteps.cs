using Pmilter.Policies.Binding;

namespace Pmilter.Policies.Evaluation.Steps;

internal sealed class ScoreStep(double score) : RuleStep
{
    public override EvaluationStatus Run(StepScope scope)
    {
        scope.Annotations.AddScore(score, scope.IsShadow);
        return EvaluationStatus.Known;
    }
}

internal sealed class TagStep(string tag) : RuleStep
{
    public override EvaluationStatus Run(StepScope scope)
    {
        scope.Annotations.AddTag(tag, scope.IsShadow);
        return EvaluationStatus.Known;
    }
}

internal sealed class SetStep(string name, BoundValue value) : RuleStep
{
    public override EvaluationStatus Run(StepScope scope)
    {
        var status = Evaluate(scope.Context, out var result);
        if (status == EvaluationStatus.Known)
        {
            scope.Annotations.SetVariable(name, result, scope.IsShadow);
        }

        return status;
    }

    private EvaluationStatus Evaluate(EvaluationContext context, out object result)
    {
        EvaluationStatus status;
        if (value.Text is { } text)
        {
            status = text.Node.Evaluate(context, out var s);
            result = s;
            return status;
        }

        if (value.Number is { } number)
        {
            status = number.Node.Evaluate(context, out var n);
            result = n;
            return status;
        }

        var flag = false;
        status = value.Bool is { } condition ? condition.Node.Evaluate(context, out flag) : EvaluationStatus.Failed;
        result = flag;
        return status;
    }
}

internal sealed class LogStep(TextTemplate text) : RuleStep
{
    public override EvaluationStatus Run(StepScope scope)
    {
        scope.Outcome.Log(text.Render(scope.Context));
        return EvaluationStatus.Known;
    }
}

internal sealed class DelayStep(TimeSpan delay) : RuleStep
{
    public override EvaluationStatus Run(StepScope scope)
    {
        if (!scope.IsShadow)
        {
            scope.Outcome.Delay += delay;
        }

        return EvaluationStatus.Known;
    }
}
