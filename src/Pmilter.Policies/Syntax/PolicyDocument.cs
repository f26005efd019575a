using System.Collections.Immutable;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Syntax;

/// <summary>A policy file as written, its shape checked: keys, scalars' types, ranges. Names inside are not resolved yet.</summary>
public sealed record PolicyDocument(
    SourceText Source,
    Located<string> Name,
    string Description,
    Located<PolicyMode>? Mode,
    ExpressionSyntax? When,
    ExpressionSyntax? Unless,
    ImmutableArray<Located<string>> Use,
    ImmutableArray<ListSyntax> Lists,
    ImmutableArray<PatternSyntax> Patterns,
    ImmutableArray<MacroSyntax> Macros,
    ImmutableArray<CounterSyntax> Counters,
    ImmutableArray<BanSyntax> Bans,
    ImmutableArray<GreylistSyntax> Greylists,
    ImmutableArray<MemorySyntax> Memories,
    ImmutableArray<RuleSyntax> Rules);

/// <summary>Ordered from weakest to strongest: the effective mode is the least of server, file and rule.</summary>
public enum PolicyMode
{
    Off,
    Monitor,
    Enforce,
}

/// <summary>A list with its content already read (inline or from its file) by the list reader.</summary>
public sealed record ListSyntax(Located<string> Name, MailList Content);

/// <summary>A .NET regular expression as written; compiled by the list and pattern reader.</summary>
public sealed record PatternSyntax(Located<string> Name, Pattern Pattern);

public sealed record MacroSyntax(Located<string> Name, ExpressionSyntax Body);

/// <summary>What a counter counts; <c>distinct(expr)</c> and <c>sum(expr)</c> carry their expression.</summary>
public enum CountKind
{
    Connections,
    Messages,
    Recipients,
    Bytes,
    Distinct,
    Sum,
    Explicit,
    OpenConnections,
}

public enum RefusedHits
{
    Ignore,
    Count,
}

public enum UnknownKeys
{
    Skip,
    Count,
}

public sealed record CounterSyntax(
    Located<string> Name,
    Located<Phase> Phase,
    Located<CountKind> Count,
    ExpressionSyntax? CountOf,
    ImmutableArray<ExpressionSyntax> Key,
    ExpressionSyntax? When,
    ExpressionSyntax? Unless,
    Located<TimeSpan>? Window,
    RefusedHits Refused,
    UnknownKeys Unknown,
    bool IncludesMtaRefused,
    int MaxKeys,
    long MaxMemoryBytes,
    bool IsLocal);

/// <summary><c>for</c>: one duration, or the steps of an escalation; null stands for <c>released</c>, until lifted by hand.</summary>
public sealed record BanSyntax(Located<string> Name, ImmutableArray<ExpressionSyntax> Key, ImmutableArray<TimeSpan?> For, TimeSpan Forget, UnknownKeys Unknown);

/// <summary>All times have their defaults.</summary>
public sealed record GreylistSyntax(
    Located<string> Name,
    ImmutableArray<ExpressionSyntax> Key,
    TimeSpan Delay,
    TimeSpan RetryWithin,
    TimeSpan Remember,
    int TrustClientAfter,
    TimeSpan LearnFor,
    UnknownKeys Unknown);

public sealed record MemorySyntax(Located<string> Name, ImmutableArray<ExpressionSyntax> Key, TimeSpan For, UnknownKeys Unknown);

public sealed record RuleSyntax(
    Located<string> Id,
    Located<Phase> Phase,
    ExpressionSyntax? When,
    ExpressionSyntax? Unless,
    LimitSyntax? Limit,
    ImmutableArray<StepSyntax> Then,
    Located<PolicyMode>? Mode,
    ScheduleSyntax? Schedule,
    Located<DateTimeOffset>? From,
    Located<DateTimeOffset>? Until,
    Located<OnError>? OnError,
    Located<TimeSpan>? Timeout,
    bool IncludesProtected,
    bool IncludesMtaRefused,
    ImmutableArray<string> Tags,
    string Description,
    string Owner,
    SourceSpan Span);

public enum OnError
{
    Continue,
    Tempfail,
    Reject,
    Accept,
}

public sealed record LimitSyntax(Located<string> Counter, ExpressionSyntax Max, HoldSyntax? Hold, SourceSpan Span);

/// <summary>Null duration cannot be; <c>after: empty</c> forgets the admitted events when the hold ends.</summary>
public sealed record HoldSyntax(Located<TimeSpan> For, bool EmptiesAfter);

/// <summary>Days as a set; times are local in the zone; a span over midnight is allowed. Null zone: server.zone.</summary>
public sealed record ScheduleSyntax(ImmutableHashSet<DayOfWeek> Days, TimeOnly From, TimeOnly To, Located<string>? Zone, SourceSpan Span);

/// <summary>One step of <c>then</c>: its name and its argument as YAML; bound by the catalog of steps. A bare word (<c>- accept</c>) has a null argument.</summary>
public sealed record StepSyntax(Located<string> Name, YamlNode? Argument, SourceSpan Span);
