using Pmilter.Policies.Authentication;
using Pmilter.Policies.Binding.Catalogs;
using Pmilter.Policies.Evaluation.Nodes;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Lists.Files;
using Pmilter.Policies.Lookups;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Mail.Content;
using Pmilter.Policies.Mail.Headers;
using Pmilter.Policies.Scripts;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Evaluation;

/// <summary>Compiled policies: immutable, shared by all sessions, swapped whole at reload.</summary>
public sealed class PolicySet
{
    /// <summary>No rules: every event is answered with continue, nothing is asked for.</summary>
    public static PolicySet Empty { get; } = new();

    /// <summary>Eight hex digits over the texts that it was made of.</summary>
    public string Revision { get; init; } = "00000000";

    /// <summary>How many entries each list has now, by the path of its policy and its name: what the next load's <c>max_shrink</c> compares with.</summary>
    public IReadOnlyDictionary<(string PolicyPath, string List), int> ListCounts => ListsByName.ToDictionary(list => list.Key, list => list.Value.Count);

    /// <summary>Every list, used or not.</summary>
    public IReadOnlyList<NamedList> NamedLists { get; init; } = [];

    /// <summary>Every pattern, used or not.</summary>
    internal IReadOnlyList<Pattern> Patterns { get; init; } = [];

    /// <summary>Lists whose content lies in files, used or not; each is exchanged when its file changes.</summary>
    public IReadOnlyList<FileList> Lists { get; init; } = [];

    /// <summary>What must be negotiated: the union of what live rules need.</summary>
    public Requirements Requirements { get; init; } = new();

    /// <summary>What each live rule adds to them; empty unless the compiler was asked for it.</summary>
    public IReadOnlyList<RuleNeeds> NeedsByRule { get; internal set; } = [];

    /// <summary>Whether country data are needed: a missing file is then an error at start.</summary>
    public bool NeedsGeo { get; init; }

    public bool NeedsAsn { get; init; }

    /// <summary>Every rule in order, off ones included.</summary>
    public IReadOnlyList<RuleSummary> Rules { get; init; } = [];

    /// <summary>What stores must keep across a reload.</summary>
    public StateInventory State { get; init; } = StateInventory.Empty;

    /// <summary>Scripts that live rules run; without one no Ruby is needed.</summary>
    public IReadOnlyList<BoundScript> Scripts { get; init; } = [];

    /// <summary>Targets that live rules name.</summary>
    public IReadOnlyList<string> NoticeTargets { get; init; } = [];

    /// <summary>Fields that live rules and counters read, in the catalog's order.</summary>
    public IReadOnlyList<Field> ReadFields { get; init; } = [];

    /// <summary>Look-ups that live rules and counters may ask, as printed, and <c>auth.check</c>; without one no DNS is needed.</summary>
    public IReadOnlyList<string> Lookups => [.. LookupSources.Where(source => source.AsksDns).Select(source => source.Written), .. Authentication is null ? Array.Empty<string>() : ["auth.check"]];

    /// <summary>Headers whose values rules read.</summary>
    public WantedHeaders WantedHeaders { get; init; } = WantedHeaders.None;

    /// <summary>What of messages' contents rules read; nothing else is parsed.</summary>
    public ContentNeeds ContentNeeds { get; init; }

    /// <summary>Questions about texts, each once.</summary>
    internal IReadOnlyList<TextQuestionNode> TextQuestions { get; init; } = [];

    /// <summary><c>auth.check</c>; null where it is off.</summary>
    public AuthenticationOptions? Authentication { get; init; }

    /// <summary>A rule adds text to bodies, so that they must be kept until their end.</summary>
    public bool RewritesBody { get; init; }

    /// <summary>One a slot.</summary>
    internal LookupSource[] LookupSources { get; init; } = [];

    /// <summary>Every list, by the path of its policy and its name.</summary>
    internal IReadOnlyDictionary<(string PolicyPath, string List), MailList> ListsByName { get; init; } = new Dictionary<(string, string), MailList>();

    /// <summary>What runs, by phase.</summary>
    internal PhaseNode[] Phases { get; init; } = [];

    /// <summary>Counters that a live rule reads.</summary>
    internal CounterNode[] LiveCounters { get; init; } = [];

    /// <summary>Whether this set can serve a connection that was negotiated for another.</summary>
    public bool IsServedBy(Agreement agreement)
    {
        var missesEvent = (Requirements.Events & ~agreement.Events & ~MilterEvents.EndOfMessage) != MilterEvents.None;
        var missesReply = (Requirements.Replies & ~agreement.Replies & ~MilterEvents.EndOfMessage) != MilterEvents.None;
        var missesAction = (Requirements.Actions & ~agreement.Actions) != MilterActions.None;
        return !missesEvent && !missesReply && !missesAction
            && (!Requirements.RejectedRecipients || agreement.Steps.HasFlag(MilterSteps.RejectedRecipients))
            && (!Requirements.LeadingSpace || agreement.Steps.HasFlag(MilterSteps.LeadingSpace))
            && HasMacros(agreement);
    }

    /// <summary>Whether the MTA is asked for the event: rules run in it, or a fact comes with it.</summary>
    public bool Needs(Phase phase) => !NodeOf(phase).IsEmpty || Requirements.Events.HasFlag(PhaseEvents.Of(phase));

    /// <summary>What became of each live rule, in the order of phases.</summary>
    public IEnumerable<RuleTally> Tallies => Phases.SelectMany(phase => phase.Rules).Select(rule => rule.Tally);

    /// <summary>Does ahead what would else be done for the first message: patterns are made, a few milliseconds each.</summary>
    public void Prepare()
    {
        foreach (var pattern in Patterns)
        {
            pattern.Prepare();
        }
    }

    /// <summary>Goes on with an older set's tallies; before this set is in force.</summary>
    public void Continue(PolicySet older)
    {
        ArgumentNullException.ThrowIfNull(older);
        var known = new Dictionary<(string Policy, string Id, PolicyMode Mode), RuleTally>();
        foreach (var tally in older.Tallies)
        {
            known[(tally.Rule.Policy, tally.Rule.Id, tally.Rule.Mode)] = tally;
        }

        foreach (var rule in Phases.SelectMany(phase => phase.Rules))
        {
            rule.Tally = known.GetValueOrDefault((rule.Reference.Policy, rule.Reference.Id, rule.Reference.Mode), rule.Tally);
        }
    }

    internal PhaseNode NodeOf(Phase phase) => Phases.Length == 0 ? PhaseNode.Empty : Phases[(int)phase];

    private bool HasMacros(Agreement agreement)
    {
        foreach (var (stage, macros) in Requirements.Macros)
        {
            var asked = agreement.MacroLists.TryGetValue(stage, out var list) ? list.Split(' ') : [];
            foreach (var macro in macros)
            {
                if (!asked.Contains(macro, StringComparer.Ordinal))
                {
                    return false;
                }
            }
        }

        return true;
    }
}

/// <summary>A rule as <c>pmilter rules</c> lists it.</summary>
/// <param name="Rule">Who and where.</param>
/// <param name="Phase">When it runs.</param>
/// <param name="Condition">Its conditions as written, file's included, one line; empty for always.</param>
/// <param name="Limit"><c>same_from &gt; 20 in 10s, hold 10s</c>; empty for none.</param>
/// <param name="Outcome">Its verdict's word, or <c>continue</c>.</param>
/// <param name="Description">The author's.</param>
public sealed record RuleSummary(RuleReference Rule, Phase Phase, string Condition, string Limit, string Outcome, string Description)
{
    /// <summary><c>protected: include</c>.</summary>
    public bool IncludesProtected { get; init; }

    /// <summary>It may refuse, quarantine, greylist or ban.</summary>
    public bool Withholds { get; init; }

    /// <summary>Whether it may refuse mail for a recipient of <c>protect</c>: it decides before recipients are known, or says so.</summary>
    public bool ReachesProtectedRecipients => Rule.Mode == PolicyMode.Enforce && Withholds && (IncludesProtected || Phase < Phase.Rcpt);
}

/// <summary>What the MTA is asked for because of one rule and the counters that it reads.</summary>
public sealed record RuleNeeds(RuleReference Rule, Requirements Needs);
