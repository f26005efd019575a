using System.Collections.Immutable;
using Pmilter.Policies.Binding;
using Pmilter.Policies.Binding.Rules;
using Pmilter.Policies.Evaluation.Dispatch;
using Pmilter.Policies.Evaluation.Steps;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Notices;
using Pmilter.Policies.Scripts;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Evaluation;

/// <summary>What runs in one phase: its counters, then its rules, in order.</summary>
internal sealed class PhaseNode(CounterNode[] counters, RuleNode[] rules, RuleIndex? index = null)
{
    public static PhaseNode Empty { get; } = new([], []);

    public CounterNode[] Counters { get; } = counters;

    public RuleNode[] Rules { get; } = rules;

    /// <summary>Null where every rule is asked.</summary>
    public RuleIndex? Index { get; } = index;

    public bool IsEmpty => Counters.Length == 0 && Rules.Length == 0;
}

/// <summary>A counter that a live rule reads.</summary>
internal sealed class CounterNode
{
    public required BoundCounter Bound { get; init; }

    public required Expression<bool>[] When { get; init; }

    public required Expression<bool>[] Unless { get; init; }

    /// <summary>A monitor rule reads it: its shadow copy is hit too.</summary>
    public required bool HasShadow { get; init; }

    /// <summary>At data … eom with a key of rcpt fields: hit once for each recipient that was not refused.</summary>
    public required bool IsEachRecipient { get; init; }

    /// <summary>Its conditions or key read a counter of the same phase, which must have been hit before.</summary>
    public required bool ReadsSamePhase { get; init; }

    /// <summary>Holds of this phase's rules: read in the batch of the hit.</summary>
    public required HoldNode[] Holds { get; init; }

    public int Index => Bound.Index;

    public bool IsGauge => Bound.Kind == CountKind.OpenConnections;

    public bool IsOncePerMessage => Bound.Kind == CountKind.Messages;

    /// <summary>Counted at rcpt, once for each recipient: its readings are the recipient's.</summary>
    public bool IsOfRecipient => Bound.Phase == Phase.Rcpt && !IsOncePerMessage;

    public bool IsOfConnection => Bound.Phase is Phase.Connect or Phase.Helo or Phase.Unknown or Phase.Abort or Phase.Close;

    public bool UndoesRefused => Bound.Syntax.Refused == RefusedHits.Ignore && !IsGauge;
}

/// <summary>The hold of a rule. Index is its place among the set's.</summary>
internal sealed record HoldNode(HoldDefinition Definition, int Index, bool EmptiesAfter);

/// <summary>A limit, running.</summary>
internal sealed record LimitNode(CounterNode Counter, Expression<double> Max, HoldNode? Hold, bool IsHoldPrefetched);

/// <summary>A rule, running.</summary>
internal sealed class RuleNode
{
    public required RuleReference Reference { get; init; }

    /// <summary>Exchanged before the set is in force, and never after.</summary>
    public required RuleTally Tally { get; set; }

    /// <summary>Rules of one file are neighbours: <c>allow</c> goes on behind the last of them.</summary>
    public required int PolicyIndex { get; init; }

    public required bool IsMonitor { get; init; }

    public required Expression<bool>[] When { get; init; }

    public required Expression<bool>[] Unless { get; init; }

    public LimitNode? Limit { get; init; }

    public ScheduleNode? Schedule { get; init; }

    public DateTimeOffset From { get; init; } = DateTimeOffset.MinValue;

    public DateTimeOffset Until { get; init; } = DateTimeOffset.MaxValue;

    public OnError? OnError { get; init; }

    /// <summary>What its look-ups may take together; null for what the event may.</summary>
    public TimeSpan? Timeout { get; init; }

    public required bool IncludesMtaRefused { get; init; }

    /// <summary><c>protected: include</c>.</summary>
    public bool IncludesProtected { get; init; }

    /// <summary>It refuses, quarantines, greylists or bans, and so does nothing to whom is protected. A script's verdict is known later.</summary>
    public bool Withholds { get; init; }

    public required RuleStep[] Steps { get; init; }

    /// <summary>Whom it tells once its steps have run.</summary>
    public NoticeNode[] Notices { get; init; } = [];

    public BoundVerdict? Verdict { get; init; }

    /// <summary>Decides in the verdict's place; null for none.</summary>
    public GreylistNode? Greylist { get; init; }

    /// <summary>Decides in the verdict's place; null for none.</summary>
    public BoundScript? Script { get; init; }

    /// <summary>The names of its file, which a script may use.</summary>
    public BindingScope? Scope { get; init; }

    /// <summary>Its reply or a log line names <c>{retry_after}</c>.</summary>
    public required bool NeedsRetryAfter { get; init; }

    /// <summary>Bans whose rest a reply may name.</summary>
    public required ImmutableArray<BoundBan> Bans { get; init; }

    /// <summary>Counters in its conditions: a failed store makes those fail.</summary>
    public required CounterNode[] Reads { get; init; }

    public required MilterActions Actions { get; init; }

    /// <summary>For <c>skip</c>: nothing later needs the data, so that the MTA may be told.</summary>
    public bool MaySkipOnWire { get; set; }
}
