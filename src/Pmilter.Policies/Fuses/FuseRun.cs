using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;

namespace Pmilter.Policies.Fuses;

/// <summary>A session's side of the fuses: a message counts once for each rule that refuses something of it.</summary>
internal sealed class FuseRun(EventRun run, FuseBoard? board)
{
    private readonly List<RuleFuse> _refusers = [];

    private EvaluationContext Context => run.Context;

    public void BeginMessage()
    {
        if (board is not null)
        {
            _refusers.Clear();
            board.Count(Context.Now);
        }
    }

    /// <summary>
    /// True when the rule, or all, has refused too much: then it only leaves what it would have done. What a greylist or a script comes to is
    /// asked of <see cref="HoldsResult"/> again; a ban alone refuses nobody yet.
    /// </summary>
    public bool Holds(RuleNode rule) =>
        Holds(rule, rule.Verdict?.Outcome ?? "ban", rule.Greylist is not null || rule.Script is not null || rule.Verdict is not ({ Refuses: true } or { Outcome: "quarantine" }));

    /// <summary>The same of a verdict that is known.</summary>
    public bool Holds(RuleNode rule, string outcome) => Holds(rule, outcome, isConditional: false);

    /// <summary>The same of a verdict that a greylist or a script came to.</summary>
    public bool HoldsResult(RuleNode rule, in PhaseResult result) =>
        (result.IsRefusal || result.Outcome == "quarantine") && !result.IsSuppressed && (rule.Greylist is null || board?.Of(rule.Reference)?.IsOwn == true) && Holds(rule, result.Outcome);

    private bool Holds(RuleNode rule, string outcome, bool isConditional)
    {
        if (board is null || rule.IsMonitor || board.IsExempt(rule.Reference))
        {
            return false;
        }

        var own = board.Of(rule.Reference);
        var isHeld = isConditional ? own?.Blown is not null || board.OfAll?.Blown is not null : !TryRefuse(own);
        if (isHeld)
        {
            run.Outcome.AddWould(new WouldHave(rule.Reference, outcome, string.Empty));
        }

        return isHeld;
    }

    private bool TryRefuse(RuleFuse? own)
    {
        if (Context.Transaction.Phase is Phase.Connect or Phase.Helo or Phase.Unknown && !IsRefused(own))
        {
            // No message has begun, and perhaps none will.
            board!.Count(Context.Now);
        }

        return IsLetRefuse(own) && IsLetRefuse(board!.OfAll);
    }

    private bool IsLetRefuse(RuleFuse? fuse)
    {
        if (fuse is null)
        {
            return true;
        }

        if (_refusers.Contains(fuse))
        {
            return fuse.Blown is null;
        }

        if (!board!.TryRefuse(fuse, Context.Now))
        {
            return false;
        }

        _refusers.Add(fuse);
        return true;
    }

    private bool IsRefused(RuleFuse? fuse) => fuse is not null && _refusers.Contains(fuse);
}
