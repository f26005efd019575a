using System.Collections.Immutable;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Evaluation.Steps;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Notices;
using Pmilter.Policies.Scripts;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Binding.Rules;

/// <summary>A policy file, checked.</summary>
internal sealed record BoundPolicy(
    PolicyDocument Document, BindingScope Scope, ImmutableArray<ConditionedCounter> Counters, ImmutableArray<BoundRule> Rules);

/// <summary>A counter with the file's conditions before its own.</summary>
internal sealed record ConditionedCounter(BoundCounter Counter, BoundConditions Conditions, ExpressionUsage Usage, bool IsEachRecipient);

/// <summary>When and unless, the file's first.</summary>
internal sealed record BoundConditions(ImmutableArray<BoundExpression<bool>> When, ImmutableArray<BoundExpression<bool>> Unless)
{
    public static BoundConditions None { get; } = new([], []);
}

/// <summary>A rule, checked.</summary>
internal sealed record BoundRule
{
    public required RuleReference Reference { get; init; }

    public required PolicyDocument Document { get; init; }

    public required RuleSyntax Syntax { get; init; }

    public required BoundConditions Conditions { get; init; }

    public BoundLimit? Limit { get; init; }

    public TimeZoneInfo? ScheduleZone { get; init; }

    public required ImmutableArray<RuleStep> Steps { get; init; }

    /// <summary>For <c>notify:</c>.</summary>
    public ImmutableArray<NoticeNode> Notices { get; init; } = [];

    public BoundVerdict? Verdict { get; init; }

    /// <summary>For <c>greylist:</c>.</summary>
    public BoundGreylisting? Greylist { get; init; }

    /// <summary>For <c>ruby:</c>.</summary>
    public BoundScript? Script { get; init; }

    /// <summary>Everything that the rule reads, steps and replies included.</summary>
    public required ExpressionUsage Usage { get; init; }

    /// <summary>Its reply or a log line names <c>{retry_after}</c>.</summary>
    public required bool NeedsRetryAfter { get; init; }

    public required MilterActions Actions { get; init; }

    public Phase Phase => Syntax.Phase.Value;

    /// <summary>It refuses, quarantines, greylists or bans; what a script does is known when it has run.</summary>
    public bool Withholds =>
        Verdict is { Refuses: true } or { Word: VerdictWord.Quarantine or VerdictWord.Greylist } || Steps.Any(step => step is BanStep { Bans: true });
}

/// <summary>A limit, checked.</summary>
internal sealed record BoundLimit(BoundCounter Counter, BoundExpression<double> Max, HoldDefinition? Hold, bool EmptiesAfter);

/// <summary>The words of verdicts.</summary>
internal enum VerdictWord
{
    Allow,
    AllowAll,
    Accept,
    Tempfail,
    Reject,
    Discard,
    Quarantine,
    Skip,

    /// <summary>A greylist refuses for now, or lets the next rule go on.</summary>
    Greylist,

    /// <summary>A script decides, or lets the next rule go on.</summary>
    Ruby,
}

/// <summary>The last step of a rule, checked. Reply for tempfail and reject, null for the server's own text.</summary>
internal sealed record BoundVerdict(VerdictWord Word, BoundReply? Reply, TextTemplate? Reason)
{
    public bool Refuses => Word is VerdictWord.Tempfail or VerdictWord.Reject or VerdictWord.Discard;

    public string Outcome => Word switch
    {
        VerdictWord.Allow or VerdictWord.AllowAll => "allow",
        VerdictWord.Accept => "accept",
        VerdictWord.Tempfail => "tempfail",
        VerdictWord.Reject => "reject",
        VerdictWord.Discard => "discard",
        VerdictWord.Quarantine => "quarantine",
        VerdictWord.Greylist => "greylist",
        VerdictWord.Ruby => "ruby",
        _ => "skip",
    };
}

/// <summary>A greylist as a rule uses it: keys bound at the rule's phase.</summary>
internal sealed record BoundGreylisting(BoundGreylist Greylist, ImmutableArray<KeyPart> Key, ImmutableArray<KeyPart> Client);

/// <summary>An SMTP reply whose lines may have holes.</summary>
internal sealed record BoundReply(int Code, string EnhancedCode, ImmutableArray<TextTemplate> Lines);
