using System.Globalization;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Lists;

/// <summary>Lists and patterns: PM180 to PM199, one method a message.</summary>
internal static class ListDiagnostics
{
    public static Diagnostic NotAMapping(SourceSpan span, string name, string found) =>
        Error("PM180", span, $"the list '{name}' is {found}; expected {{ type, items }} or {{ type, file }}", "write { type: cidr, items: ['192.0.2.0/24'] }");

    public static Diagnostic ItemsOrFile(SourceSpan span, bool both) =>
        Error("PM181", span, both ? "a list has items or a file, not both" : "a list needs items: or file:", both ? "remove one of them" : "write items: [] for an empty list");

    public static Diagnostic Unreadable(SourceSpan span, string path, string reason) =>
        Error("PM182", span, $"the list file '{path}' cannot be read: {reason}", "the path is relative to the policy file");

    public static Diagnostic BadEntry(SourceSpan span, string written, string type, string expected, string? hint = null) =>
        Error("PM183", span, $"'{written}' is not {type}; expected {expected}", hint);

    public static Diagnostic MoreErrors(SourceSpan span, int count) =>
        Error("PM184", span, $"{Number(count)} more lines of this list are wrong", "mend the first ones and check again");

    public static Diagnostic HostBits(SourceSpan span, string written, string network) =>
        Warning("PM185", span, $"'{written}' is an address inside a network; the network {network} is taken", $"write {network}");

    public static Diagnostic TooFew(SourceSpan span, int count, int least) =>
        Error("PM186", span, $"the list has {Number(count)} entries, fewer than min_items: {Number(least)}", "an empty or cut file is often a failed download");

    public static Diagnostic Shrank(SourceSpan span, int count, int before, double share) =>
        Error("PM187", span, $"the list shrank from {Number(before)} to {Number(count)} entries, more than max_shrink: {(share * 100).ToString("0.##", CultureInfo.InvariantCulture)}%", "check the file, or raise max_shrink");

    public static Diagnostic BadTail(SourceSpan span, string written) =>
        Error("PM188", span, $"'{written}' is not a date", "write until=2026-06-01, or with a time until=2026-06-01T09:00Z");

    public static Diagnostic Expired(SourceSpan span, string written, string until) =>
        Warning("PM189", span, $"'{written}' expired ({until}) and is left out", "remove the line");

    public static Diagnostic BadPattern(SourceSpan span, string reason) =>
        Error("PM190", span, $"this is not a regular expression: {reason}", "patterns are .NET regular expressions in YAML single quotes");

    public static Diagnostic PatternNotText(SourceSpan span, string name) =>
        Error("PM191", span, $"the pattern '{name}' is not text", "write the regular expression in single quotes");

    public static Diagnostic Duplicate(SourceSpan span, string written) => Warning("PM192", span, $"'{written}' is in the list already", "remove one of them");

    public static Diagnostic BadCsv(SourceSpan span, string reason, string hint) => Error("PM193", span, reason, hint);

    public static Diagnostic ContradictingKey(SourceSpan span, string key) =>
        Error("PM194", span, $"the key '{key}' is in the map already", "a map has one line a key; remove one of them");

    public static Diagnostic UnknownCountry(SourceSpan span, string written, string? hint) =>
        Error("PM195", span, $"'{written}' is not a country code; expected two letters of ISO 3166, or ZZ, XK, EU", hint);

    /// <summary>A map that is read again while the server runs.</summary>
    public static Diagnostic OtherColumns(SourceSpan span, string path, string found) =>
        Error("PM196", span, $"the map '{path}' cannot be exchanged by itself: {found}", "reload the policies, which look its columns up");

    public static Diagnostic BroadNetworks(SourceSpan span, string list, string entries) =>
        Warning("PM197", span, $"the list '{list}' makes exceptions, and a large part of all addresses lies in {entries}", "exempt only networks whose owners you know");

    public static Diagnostic BroadSuffixes(SourceSpan span, string list, string entries) =>
        Warning("PM198", span, $"the list '{list}' makes exceptions, and below {entries} anybody registers names", "exempt the domains that you mean");

    public static Diagnostic BroadProviders(SourceSpan span, string list, string entries) =>
        Warning("PM199", span, $"the list '{list}' makes exceptions, and anybody can have an address at {entries}", "exempt single addresses, in a list of type: address");

    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static Diagnostic Error(string id, SourceSpan span, string message, string? hint) => new(id, DiagnosticSeverity.Error, span, message, hint);

    private static Diagnostic Warning(string id, SourceSpan span, string message, string? hint) => new(id, DiagnosticSeverity.Warning, span, message, hint);
}
