using System.Globalization;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Syntax;

/// <summary>YAML itself and its traps: PM150 (in SourceText) to PM167, one method a message.</summary>
internal static class YamlDiagnostics
{
    public static Diagnostic TooLarge(SourceSpan span, int length) =>
        Error("PM151", span, $"the file has {length.ToString("N0", CultureInfo.InvariantCulture)} characters; at most {YamlReader.MaxLength.ToString("N0", CultureInfo.InvariantCulture)} are read", "move long lists into files: file: lists/name.txt");

    public static Diagnostic TooDeep(SourceSpan span) =>
        Error("PM152", span, $"nested more than {YamlReader.MaxDepth.ToString(CultureInfo.InvariantCulture)} deep", "a policy needs about six levels; check the brackets");

    public static Diagnostic Tag(SourceSpan span, string written) =>
        Error("PM153", span, $"'{Word(written)}' is a YAML tag here, since the text begins with !", $"quote the whole: \"{written}\"");

    public static Diagnostic Alias(SourceSpan span, string written) =>
        Error("PM154", span, $"'{Word(written)}' is a YAML {(written.StartsWith('&') ? "anchor" : "alias")} here, and those are not read", $"quote the text: '{written.TrimEnd()}'");

    public static Diagnostic MergeKey(SourceSpan span) => Error("PM155", span, "'<<' merges mappings, which is not read here", "write the keys out");

    public static Diagnostic SecondDocument(SourceSpan span) => Error("PM156", span, "a second YAML document begins here; one file holds one", "split the file, or remove ---");

    public static Diagnostic DuplicateKey(SourceSpan span, string key, int line) =>
        Error("PM157", span, $"'{key}' is written twice; first on line {line.ToString(CultureInfo.InvariantCulture)}", "remove one of them");

    public static Diagnostic KeyNotText(SourceSpan span) => Error("PM158", span, "a key must be a word", "quote it if { or [ begins it");

    public static Diagnostic Syntax(SourceSpan span, string message, string? hint) => Error("PM159", span, message, hint);

    public static Diagnostic Tab(SourceSpan span) => Error("PM160", span, "a tab indents this line; YAML takes spaces only", "replace the tab by spaces");

    public static Diagnostic LeadingQuote(SourceSpan span, char quote) =>
        Error("PM161", span, $"a value that begins with {quote} ends at the next {quote}, but text follows it here", quote == '\'' ? "put the whole in double quotes: \"'a' = b\"" : "put the whole in single quotes");

    public static Diagnostic LeadingBrace(SourceSpan span) =>
        Error("PM162", span, "text that begins with { or [ is a collection for YAML", "quote the text: '{field} …'");

    public static Diagnostic ColonInText(SourceSpan span) =>
        Error("PM163", span, "': ' begins a new key, but one value stands here already", "quote the text if ': ' belongs to it; else check the indentation");

    public static Diagnostic FlowSplit(SourceSpan span) =>
        Error("PM164", span, "between { } or [ ] a comma ends the value, so this is split", "quote the condition: \"in(x, 'a')\"");

    public static Diagnostic CutByComment(SourceSpan span) =>
        Error("PM165", span, "' #' begins a comment and ends this text", "quote the text to keep what follows, or move the comment to a line of its own");

    public static Diagnostic BooleanWord(SourceSpan span, string written) =>
        Warning("PM166", span, $"{written} without quotes is a truth value or nothing for many YAML readers; it is read as text here", $"write '{written}'");

    public static Diagnostic NumberWord(SourceSpan span, string written) =>
        Warning("PM167", span, $"{written} without quotes is a number for many YAML readers; it is read as text here, as written", $"write '{written}'");

    private static string Word(string written)
    {
        var end = written.IndexOf(' ', StringComparison.Ordinal);
        return end < 0 ? written : written[..end];
    }

    private static Diagnostic Error(string id, SourceSpan span, string message, string? hint = null) => new(id, DiagnosticSeverity.Error, span, message, hint);

    private static Diagnostic Warning(string id, SourceSpan span, string message, string? hint) => new(id, DiagnosticSeverity.Warning, span, message, hint);
}
