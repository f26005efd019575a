using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding.Rules;

/// <summary>The file's <c>when</c> and <c>unless</c>, bound anew in the phase of each rule and counter.</summary>
internal sealed class FileConditions(PolicyDocument document, BindingScope scope, SlotAllocator slots, DiagnosticBag diagnostics)
{
    /// <summary>The file's conditions, then the owner's own.</summary>
    public BoundConditions? Bind(Located<Phase> phase, string owner, ExpressionSyntax? when, ExpressionSyntax? unless, bool allowsRecipients = false)
    {
        var site = new BindingSite(phase.Value, AllowsRecipients: allowsRecipients);
        var own = new ExpressionBinder(scope, diagnostics, slots);
        var isWhole = true;
        var all = new List<BoundExpression<bool>>();
        var none = new List<BoundExpression<bool>>();
        isWhole &= BindFile(document.When, "when", phase, owner, site, all);
        isWhole &= when is null || Keep(own.BindCondition(when, site), all);
        isWhole &= BindFile(document.Unless, "unless", phase, owner, site, none);
        isWhole &= unless is null || Keep(own.BindCondition(unless, site), none);
        return isWhole ? new BoundConditions([.. all], [.. none]) : null;
    }

    private bool BindFile(
        ExpressionSyntax? syntax, string key, Located<Phase> phase, string owner, BindingSite site, List<BoundExpression<bool>> bound)
    {
        if (syntax is null)
        {
            return true;
        }

        var (condition, found) = Try(syntax, site);
        if (condition is not null && !found.HasErrors)
        {
            bound.Add(condition);
            foreach (var warning in found.All)
            {
                diagnostics.Add(warning);
            }

            return true;
        }

        // What no phase can read is wrong by itself; what another phase can read stands in the wrong place here.
        foreach (var other in Enum.GetValues<Phase>())
        {
            if (!Try(syntax, new BindingSite(other)).Found.HasErrors)
            {
                diagnostics.Add(PolicyDiagnostics.FileConditionPhase(phase, owner, key, other));
                return false;
            }
        }

        foreach (var error in found.All)
        {
            diagnostics.Add(error);
        }

        return false;
    }

    private (BoundExpression<bool>? Condition, DiagnosticBag Found) Try(ExpressionSyntax syntax, BindingSite site)
    {
        var found = new DiagnosticBag();
        return (new ExpressionBinder(scope, found, slots).BindCondition(syntax, site), found);
    }

    private static bool Keep(BoundExpression<bool>? condition, List<BoundExpression<bool>> conditions)
    {
        if (condition is null)
        {
            return false;
        }

        conditions.Add(condition);
        return true;
    }
}
