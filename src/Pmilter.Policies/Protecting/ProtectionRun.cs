using Pmilter.Policies.Evaluation;

namespace Pmilter.Policies.Protecting;

/// <summary>Asked when a rule is about to refuse, ban or greylist: whether it must not.</summary>
internal sealed class ProtectionRun(EventRun run, Protection protection)
{
    /// <summary>True, and noted, when somebody of the event is protected.</summary>
    public bool Spares(RuleNode rule, string outcome)
    {
        if (rule.IncludesProtected || protection.Find(run.Context.Transaction) is not { } party)
        {
            return false;
        }

        run.Outcome.AddProtected(new ProtectedFrom(rule.Reference, outcome, party));
        run.Context.Trace?.Protected(party.ToString());
        return true;
    }
}
