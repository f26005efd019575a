using System.Collections.Immutable;
using Pmilter.Policies.Binding;
using Pmilter.Policies.Binding.Rules;
using Pmilter.Policies.Evaluation.Steps;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Compilation;

/// <summary>What runs: rules that enforce or monitor, and the counters that those read, through other counters too.</summary>
internal sealed record LiveParts(ImmutableArray<BoundRule> Rules, ImmutableArray<ConditionedCounter> Counters, ImmutableHashSet<BoundCounter> Shadowed)
{
    /// <summary><c>auth.check</c>: every header field and the whole body are needed, whatever rules read.</summary>
    public bool NeedsWholeMessages { get; init; }

    public static LiveParts Of(ImmutableArray<BoundPolicy> policies)
    {
        ImmutableArray<BoundRule> rules = [.. policies.SelectMany(p => p.Rules).Where(r => r.Reference.Mode != PolicyMode.Off)];
        ImmutableArray<ConditionedCounter> all = [.. policies.SelectMany(p => p.Counters)];
        var read = Closure(rules, all);
        var shadowed = Closure(rules.Where(r => r.Reference.Mode == PolicyMode.Monitor), all);
        return new LiveParts(rules, [.. all.Where(c => read.Contains(c.Counter))], [.. shadowed]);
    }

    /// <summary>Those that a monitor rule fills or asks for: what they hold in the shadow layer ends with the last such rule.</summary>
    public IEnumerable<BoundBan> WatchedBans { get; } = [.. Rules
        .Where(r => r.Reference.Mode == PolicyMode.Monitor)
        .SelectMany(r => r.Usage.Bans.Concat(r.Steps.OfType<BanStep>().Select(step => step.Ban)))
        .Distinct()];

    /// <summary>
    /// A skip is told to the MTA only if no fact of another phase rests on the events that it would leave out.
    /// </summary>
    public bool MaySkip(Phase phase)
    {
        var needed = Evaluation.PhaseEvents.Of(phase);
        return !NeedsWholeMessages
            && !Rules.Any(r => r.Phase != phase && r.Usage.Events.HasFlag(needed))
            && !Counters.Any(c => c.Counter.Phase == phase || c.Usage.Events.HasFlag(needed));
    }

    /// <summary>One rule and the counters that it reads.</summary>
    public LiveParts Only(BoundRule rule)
    {
        var read = Closure([rule], Counters);
        return this with { Rules = [rule], Counters = [.. Counters.Where(c => read.Contains(c.Counter))] };
    }

    private static HashSet<BoundCounter> Closure(IEnumerable<BoundRule> rules, ImmutableArray<ConditionedCounter> all)
    {
        var read = new HashSet<BoundCounter>(rules.SelectMany(r => r.Usage.Counters));

        // Counters read only those above them: one pass from the last to the first is enough.
        foreach (var counter in all.Reverse())
        {
            if (read.Contains(counter.Counter))
            {
                read.UnionWith(counter.Usage.Counters);
            }
        }

        return read;
    }
}
