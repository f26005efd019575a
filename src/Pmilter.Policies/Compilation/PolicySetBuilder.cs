using System.Collections.Immutable;
using Pmilter.Policies.Authentication;
using Pmilter.Policies.Binding;
using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Binding.Rules;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Dispatch;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Lists.Files;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Mail.Headers;
using Pmilter.Policies.Scripts;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Compilation;

/// <summary>The last pass: bound policies become the nodes that run, an array a phase.</summary>
internal sealed class PolicySetBuilder(ImmutableArray<BoundPolicy> policies, LiveParts live, Requirements requirements, CompilerOptions options)
{
    private readonly Dictionary<BoundRule, HoldNode> _holds = [];
    private readonly Dictionary<BoundCounter, CounterNode> _counters = [];

    public PolicySet Build(string revision, IReadOnlyList<PolicyDocument> documents)
    {
        foreach (var rule in live.Rules)
        {
            if (rule.Limit is { Hold: { } hold } limit)
            {
                _holds.Add(rule, new HoldNode(hold, _holds.Count, limit.EmptiesAfter));
            }
        }

        foreach (var counter in live.Counters)
        {
            _counters.Add(counter.Counter, Counter(counter));
        }

        var fields = live.Rules.Select(r => r.Usage).Concat(live.Counters.Select(c => c.Usage)).ToArray();
        return new PolicySet
        {
            Revision = revision,
            ListsByName = documents.SelectMany(document => document.Lists.Select(list => (document.Source.Path, list))).ToDictionary(list => (list.Path, list.list.Name.Value), list => list.list.Content),
            Patterns = [.. documents.SelectMany(document => document.Patterns.Select(pattern => pattern.Pattern))],
            NamedLists = [.. documents.SelectMany(document => document.Lists.Select(list => new NamedList($"{document.Name.Value}/{list.Name.Value}", list.Content)))],
            Lists = [.. documents.SelectMany(document => document.Lists).Select(list => list.Content).OfType<FileList>()],
            Requirements = requirements,
            NeedsGeo = fields.Any(u => u.ReadsGeo),
            NeedsAsn = fields.Any(u => u.ReadsAsn),
            Rules = [.. policies.SelectMany(p => p.Rules).Select(Summary)],
            State = new StateInventory
            {
                Counters =
                [
                    .. live.Counters.Select(c => c.Counter.Definition),
                    .. live.Shadowed.Select(c => c.ShadowDefinition),
                    .. live.Rules.SelectMany(r => r.Notices).Select(n => n.Quota).OfType<CounterDefinition>(),
                ],
                Bans = [.. policies.SelectMany(p => p.Scope.Bans.Values).Select(b => b.Definition), .. live.WatchedBans.Select(b => b.ShadowDefinition)],
                Holds = [.. _holds.Values.Select(h => h.Definition)],
                Memories = [.. policies.SelectMany(p => p.Scope.Memories.Values).SelectMany(m => new[] { m.Definition, m.ShadowDefinition })],
                Greylists = [.. policies.SelectMany(p => p.Scope.Greylists.Values).SelectMany(g => new[] { g.Definition, g.ShadowDefinition })],
            },
            LookupSources = [.. fields.SelectMany(u => u.Lookups).DistinctBy(source => source.Index).OrderBy(source => source.Written, StringComparer.Ordinal)],
            ReadFields = [.. FieldCatalog.All.Where(field => field is not LookupField && fields.Any(u => u.Fields.Contains(field.Name)))],
            NoticeTargets = [.. live.Rules.SelectMany(r => r.Notices).Select(n => n.Target).Distinct(StringComparer.Ordinal)],
            Scripts = [.. live.Rules.Select(r => r.Script).OfType<BoundScript>()],
            ContentNeeds = fields.Aggregate(Mail.Content.ContentNeeds.None, (needs, u) => needs | u.Content),
            TextQuestions = [.. fields.SelectMany(u => u.TextQuestions).DistinctBy(q => q.Key, StringComparer.Ordinal).Select(q => q.Value)],
            Authentication = options.Authentication,
            WantedHeaders = new WantedHeaders(
                [.. fields.SelectMany(u => u.Headers), .. options.Authentication is null ? Array.Empty<string>() : ["From"]],
                [.. fields.SelectMany(u => u.EveryHeader), .. options.Authentication is null ? Array.Empty<string>() : [ResultsField.Name]])
            {
                CountsNames = options.Authentication is not null || fields.Any(u => u.CountsHeaders),
            },
            RewritesBody = fields.Any(u => u.RewritesBody),
            LiveCounters = [.. _counters.Values],
            Phases = [.. Enum.GetValues<Phase>().Select(Phase)],
        };
    }

    private PhaseNode Phase(Phase phase)
    {
        CounterNode[] counters = [.. _counters.Values.Where(c => c.Bound.Phase == phase)];
        RuleNode[] rules = [.. live.Rules.Where(r => r.Phase == phase).Select(Rule)];
        return counters.Length == 0 && rules.Length == 0 ? PhaseNode.Empty : new PhaseNode(counters, rules, RuleIndex.Of(rules, options.LeastIndexedRules));
    }

    private CounterNode Counter(ConditionedCounter counter) => new()
    {
        Bound = counter.Counter,
        When = Nodes(counter.Conditions.When),
        Unless = Nodes(counter.Conditions.Unless),
        HasShadow = live.Shadowed.Contains(counter.Counter),
        IsEachRecipient = counter.IsEachRecipient,
        ReadsSamePhase = counter.Usage.Counters.Any(c => c.Phase == counter.Counter.Phase),
        Holds = [.. _holds.Where(h => ReferenceEquals(h.Key.Limit?.Counter, counter.Counter) && h.Key.Phase == counter.Counter.Phase).Select(h => h.Value)],
    };

    private RuleNode Rule(BoundRule rule)
    {
        var index = 0;
        while (!ReferenceEquals(policies[index].Document, rule.Document))
        {
            index++;
        }

        return new RuleNode
        {
            Reference = rule.Reference,
            Tally = new RuleTally(rule.Reference),
            PolicyIndex = index,
            IsMonitor = rule.Reference.Mode == PolicyMode.Monitor,
            When = Nodes(rule.Conditions.When),
            Unless = Nodes(rule.Conditions.Unless),
            Limit = rule.Limit is { } limit
                ? new LimitNode(_counters[limit.Counter], limit.Max.Node, _holds.GetValueOrDefault(rule), limit.Counter.Phase == rule.Phase)
                : null,
            Schedule = rule.Syntax.Schedule is { } s ? new ScheduleNode(s.Days, s.From, s.To, rule.ScheduleZone) : null,
            From = rule.Syntax.From?.Value ?? DateTimeOffset.MinValue,
            Until = rule.Syntax.Until?.Value ?? DateTimeOffset.MaxValue,
            OnError = rule.Syntax.OnError?.Value,
            Timeout = rule.Syntax.Timeout?.Value,
            IncludesMtaRefused = rule.Syntax.IncludesMtaRefused || rule.Usage.ReadsMtaRefused,
            IncludesProtected = rule.Syntax.IncludesProtected,
            Withholds = rule.Withholds,
            Steps = [.. rule.Steps],
            Notices = [.. rule.Notices],
            Verdict = rule.Verdict,
            Greylist = rule.Greylist is { } greylist ? Greylist(rule, greylist) : null,
            Script = rule.Script is { } script ? script with { Timeout = rule.Syntax.Timeout?.Value } : null,
            Scope = policies[index].Scope,
            NeedsRetryAfter = rule.NeedsRetryAfter,
            Bans = [.. rule.Conditions.When.SelectMany(c => c.Usage.Bans).Distinct()],
            Reads = [.. rule.Conditions.When.Concat(rule.Conditions.Unless).SelectMany(c => c.Usage.Counters).Distinct().Select(c => _counters[c])],
            Actions = rule.Actions,
            MaySkipOnWire = rule.Verdict is { Word: VerdictWord.Skip } && live.MaySkip(rule.Phase),
        };
    }

    /// <summary>One that no monitor rule uses any more goes on with what monitoring has learned.</summary>
    private GreylistNode Greylist(BoundRule rule, BoundGreylisting bound)
    {
        var isMonitored = live.Rules.Any(r => r.Reference.Mode == PolicyMode.Monitor && ReferenceEquals(r.Greylist?.Greylist, bound.Greylist));
        var definition = rule.Reference.Mode == PolicyMode.Monitor ? bound.Greylist.ShadowDefinition : bound.Greylist.Definition with { AdoptsShadow = !isMonitored };
        return new GreylistNode(definition, bound.Key, bound.Client, bound.Greylist.Unknown, rule.Verdict?.Reply);
    }

    private static Expression<bool>[] Nodes(ImmutableArray<BoundExpression<bool>> conditions) => [.. conditions.Select(c => c.Node)];

    private static RuleSummary Summary(BoundRule rule) => new(
        rule.Reference, rule.Phase, RuleText.Condition(rule.Conditions), RuleText.Limit(rule.Limit), rule.Verdict?.Outcome ?? "continue", rule.Syntax.Description)
    {
        IncludesProtected = rule.Syntax.IncludesProtected,
        Withholds = rule.Withholds || rule.Script is not null,
    };
}
