using System.Collections.Immutable;
using Pmilter.Policies.Binding;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Evaluation.Steps;

/// <summary><c>ban:</c> and <c>unban:</c>. The key is bound at the rule's phase.</summary>
internal sealed class BanStep(StateOperationKind kind, BoundBan ban, ImmutableArray<KeyPart> key) : RuleStep
{
    public BoundBan Ban => ban;

    public bool Bans => kind == StateOperationKind.BanAdd;

    public override EvaluationStatus Run(StepScope scope)
    {
        var status = scope.Keys.TryMake(scope.Context, key, out var text, out var isUnknown);
        if (status != EvaluationStatus.Known || (isUnknown && ban.Unknown == UnknownKeys.Skip))
        {
            return status;
        }

        scope.Operations.Add(new StateOperation
        {
            Kind = kind,
            Ban = scope.IsShadow ? ban.ShadowDefinition : ban.Definition,
            Key = text,
        });
        return EvaluationStatus.Known;
    }
}

/// <summary><c>count:</c></summary>
internal sealed class CountStep(BoundCounter counter) : RuleStep
{
    public override EvaluationStatus Run(StepScope scope)
    {
        scope.Hits.Add(counter);
        return EvaluationStatus.Known;
    }
}
