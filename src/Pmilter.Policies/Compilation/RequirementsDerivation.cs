using Pmilter.Policies.Binding;
using Pmilter.Policies.Binding.Rules;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Steps;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Compilation;

/// <summary>What must be negotiated: the union over live rules and the counters that they read.</summary>
internal static class RequirementsDerivation
{
    public static Requirements Derive(LiveParts live, CompilerOptions options) => Derive(live, live, options, options.Authentication is not null);

    /// <summary>What each live rule adds to the union; <c>auth.check</c> is no rule.</summary>
    public static IReadOnlyList<RuleNeeds> OfEachRule(LiveParts live, CompilerOptions options) =>
        [.. live.Rules.Select(rule => new RuleNeeds(rule.Reference, Derive(live.Only(rule), live, options, checksAuthentication: false)))];

    /// <param name="parts">Whose needs are asked for.</param>
    /// <param name="live">All that runs.</param>
    private static Requirements Derive(LiveParts parts, LiveParts live, CompilerOptions options, bool checksAuthentication)
    {
        var usage = new ExpressionUsage();
        var events = MilterEvents.None;
        var replies = MilterEvents.None;
        var actions = MilterActions.None;
        foreach (var rule in parts.Rules)
        {
            usage.Add(rule.Usage);
            events |= PhaseEvents.Of(rule.Phase);
            actions |= rule.Script is null ? rule.Actions : MilterActions.All & ~MilterActions.SetMacroList;
            usage.ReadsMtaRefused |= rule.Syntax.IncludesMtaRefused;
            events |= Protection(rule, live, options);
            if (rule.Reference.Mode == PolicyMode.Enforce && Answers(rule, live, options))
            {
                replies |= PhaseEvents.Of(rule.Phase);
            }
        }

        foreach (var counter in parts.Counters)
        {
            usage.Add(counter.Usage);
            events |= PhaseEvents.Of(counter.Counter.Phase);
            usage.ReadsMtaRefused |= counter.Counter.Syntax.IncludesMtaRefused;
        }

        if (checksAuthentication)
        {
            usage.ReadsLeadingSpace = true;
            events |= MilterEvents.Connect | MilterEvents.Helo | MilterEvents.Mail | MilterEvents.Header | MilterEvents.Body;
            actions |= MilterActions.AddHeaders | MilterActions.ChangeHeaders;
        }

        return new Requirements
        {
            Actions = actions,
            Events = events | usage.Events,
            Replies = replies,
            RejectedRecipients = usage.ReadsMtaRefused,
            LeadingSpace = usage.ReadsLeadingSpace,
            Macros = Macros(usage),
        };
    }

    /// <summary>Whether the rule can end in anything but continue; a delay counts, since the MTA must wait for it.</summary>
    private static bool Answers(BoundRule rule, LiveParts live, CompilerOptions options)
    {
        if (rule.Steps.Any(s => s is DelayStep))
        {
            return true;
        }

        var isWord = rule.Verdict?.Word switch
        {
            null or VerdictWord.Allow or VerdictWord.AllowAll => false,
            VerdictWord.Skip => live.MaySkip(rule.Phase),
            _ => true,
        };
        if (isWord)
        {
            return true;
        }

        var restsOnState = rule.Usage.HasLookup || rule.Usage.Counters.Count > 0 || rule.Usage.Bans.Count > 0;
        if (rule.Syntax.OnError is { } own)
        {
            return own.Value != OnError.Continue && (restsOnState || rule.Actions != MilterActions.None);
        }

        // A failed store is state.on_error's, a failed look-up server.on_error's; which it will be nobody knows yet.
        var answersState = restsOnState && (options.StateOnError ?? options.OnError) != OnError.Continue;
        return answersState || (options.OnError != OnError.Continue && (rule.Usage.HasLookup || rule.Actions != MilterActions.None));
    }

    /// <summary>What tells whether somebody is protected must have been seen before the rule refuses; the client always is.</summary>
    private static MilterEvents Protection(BoundRule rule, LiveParts live, CompilerOptions options)
    {
        if (rule.Syntax.IncludesProtected || !(rule.Withholds || Answers(rule, live, options)))
        {
            return MilterEvents.None;
        }

        return (options.Protection.ReadsRecipients && rule.Phase is >= Phase.Rcpt and <= Phase.Eom ? MilterEvents.Rcpt : MilterEvents.None)
            | (options.Protection.ReadsLogins && rule.Phase is >= Phase.Mail and <= Phase.Eom ? MilterEvents.Mail : MilterEvents.None);
    }

    private static Dictionary<MacroStage, IReadOnlyList<string>> Macros(ExpressionUsage usage)
    {
        var macros = new Dictionary<MacroStage, IReadOnlyList<string>>();
        foreach (var stage in usage.Macros.GroupBy(m => m.Stage).OrderBy(g => g.Key))
        {
            macros[stage.Key] = [.. stage.Select(m => m.Macro).Order(StringComparer.Ordinal)];
        }

        return macros;
    }
}
