using System.Collections.Immutable;
using Pmilter.Policies.Mail;

namespace Pmilter.Policies.Syntax;

/// <summary>The closed sets of a policy file: keys of each place and words of each enumeration.</summary>
internal static class PolicyWords
{
    public static ImmutableArray<string> FileKeys { get; } =
        ["policy", "version", "description", "mode", "when", "unless", "use", "lists", "patterns", "macros", "counters", "bans", "greylists", "memories", "handlers", "rules"];

    public static ImmutableArray<string> RuleKeys { get; } =
        ["id", "phase", "when", "unless", "limit", "then", "mode", "schedule", "from", "until", "on_error", "timeout", "protected", "mta_refused", "tags", "description", "owner"];

    public static ImmutableArray<string> CounterKeys { get; } =
        ["phase", "count", "key", "when", "unless", "window", "refused", "unknown", "mta_refused", "max_keys", "max_memory", "scope"];

    public static ImmutableArray<string> BanKeys { get; } = ["key", "for", "forget", "unknown"];

    public static ImmutableArray<string> GreylistKeys { get; } =
        ["key", "delay", "retry_within", "remember", "trust_client_after", "learn_for", "unknown"];

    public static ImmutableArray<string> MemoryKeys { get; } = ["key", "for", "unknown"];

    public static ImmutableArray<string> LimitKeys { get; } = ["counter", "max", "hold"];

    public static ImmutableArray<string> HoldKeys { get; } = ["for", "after"];

    public static ImmutableArray<string> ScheduleKeys { get; } = ["days", "from", "to", "zone"];

    public static ImmutableArray<(string Word, Phase Value)> Phases { get; } =
    [
        ("connect", Phase.Connect), ("helo", Phase.Helo), ("mail", Phase.Mail), ("rcpt", Phase.Rcpt), ("data", Phase.Data), ("header", Phase.Header),
        ("eoh", Phase.Eoh), ("body", Phase.Body), ("eom", Phase.Eom), ("unknown", Phase.Unknown), ("abort", Phase.Abort), ("close", Phase.Close),
    ];

    public static ImmutableArray<(string Word, PolicyMode Value)> Modes { get; } =
        [("enforce", PolicyMode.Enforce), ("monitor", PolicyMode.Monitor), ("off", PolicyMode.Off)];

    public static ImmutableArray<(string Word, OnError Value)> OnErrors { get; } =
        [("continue", OnError.Continue), ("tempfail", OnError.Tempfail), ("reject", OnError.Reject), ("accept", OnError.Accept)];

    public static ImmutableArray<(string Word, CountKind Value)> Counts { get; } =
    [
        ("connections", CountKind.Connections), ("messages", CountKind.Messages), ("recipients", CountKind.Recipients), ("bytes", CountKind.Bytes),
        ("distinct", CountKind.Distinct), ("sum", CountKind.Sum), ("explicit", CountKind.Explicit), ("open_connections", CountKind.OpenConnections),
    ];

    public static ImmutableArray<(string Word, RefusedHits Value)> Refused { get; } = [("ignore", RefusedHits.Ignore), ("count", RefusedHits.Count)];

    public static ImmutableArray<(string Word, UnknownKeys Value)> Unknown { get; } = [("skip", UnknownKeys.Skip), ("count", UnknownKeys.Count)];

    public static ImmutableArray<(string Word, bool Value)> Include { get; } = [("include", true)];

    public static ImmutableArray<(string Word, bool Value)> LocalScope { get; } = [("shared", false), ("local", true)];

    public static ImmutableArray<(string Word, DayOfWeek Value)> Days { get; } =
    [
        ("mon", DayOfWeek.Monday), ("tue", DayOfWeek.Tuesday), ("wed", DayOfWeek.Wednesday), ("thu", DayOfWeek.Thursday),
        ("fri", DayOfWeek.Friday), ("sat", DayOfWeek.Saturday), ("sun", DayOfWeek.Sunday),
    ];
}
