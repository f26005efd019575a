using System.Collections.Immutable;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Mail;

namespace Pmilter.Policies.Syntax;

/// <summary>The closed sets of words of a policy file, one an enumeration.</summary>
internal static class PolicyWords
{
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

    public static ImmutableArray<(string Word, bool Value)> AfterHold { get; } = [("empty", true)];

    public static ImmutableArray<(string Word, bool Value)> LocalScope { get; } = [("shared", false), ("local", true)];

    public static ImmutableArray<(string Word, ListType Value)> ListTypes { get; } =
    [
        ("cidr", ListType.Cidr), ("country", ListType.Country), ("domain", ListType.Domain), ("address", ListType.Address), ("text", ListType.Text),
        ("number", ListType.Number), ("map", ListType.Map),
    ];

    public static ImmutableArray<(string Word, DayOfWeek Value)> Days { get; } =
    [
        ("mon", DayOfWeek.Monday), ("tue", DayOfWeek.Tuesday), ("wed", DayOfWeek.Wednesday), ("thu", DayOfWeek.Thursday),
        ("fri", DayOfWeek.Friday), ("sat", DayOfWeek.Saturday), ("sun", DayOfWeek.Sunday),
    ];
}
