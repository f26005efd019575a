using Pmilter.Policies.Text;

namespace Pmilter.Policies.Syntax;

/// <summary>Keys and values that are not what the place takes: PM170 to PM179, one method a message.</summary>
public static class ShapeDiagnostics
{
    public static Diagnostic UnknownKey(SourceSpan span, string key, string where, string? hint) =>
        Error("PM170", span, $"unknown key '{key}' in {where}", hint);

    public static Diagnostic MissingKey(SourceSpan span, string key, string where, string? hint = null) =>
        Error("PM171", span, $"'{key}' is missing in {where}", hint);

    public static Diagnostic WrongKind(SourceSpan span, string key, string found, string expected, string? hint = null) =>
        Error("PM172", span, $"'{key}' is {found}; expected {expected}", hint);

    public static Diagnostic BadValue(SourceSpan span, string key, string written, string expected, string? hint = null) =>
        Error("PM173", span, $"'{written}' is not valid for '{key}'; expected {expected}", hint);

    public static Diagnostic OutOfRange(SourceSpan span, string key, string written, string range) =>
        Error("PM174", span, $"'{key}' is {written}; it must be {range}");

    public static Diagnostic BadName(SourceSpan span, string what, string written, string? hint) =>
        Error("PM175", span, $"'{written}' is not a name for {what}; names are lower-case letters, digits and _, beginning with a letter", hint);

    public static Diagnostic StepShape(SourceSpan span, string found) =>
        Error("PM177", span, found, "a step is '- word' or '- word: value', one a line");

    public static Diagnostic Conflict(SourceSpan span, string message, string? hint = null) => Error("PM178", span, message, hint);

    public static Diagnostic DuplicateName(SourceSpan span, string what, string name, int line) =>
        Error("PM179", span, $"{what} '{name}' is defined twice; first on line {line.ToString(System.Globalization.CultureInfo.InvariantCulture)}", "give each its own name");

    private static Diagnostic Error(string id, SourceSpan span, string message, string? hint = null) => new(id, DiagnosticSeverity.Error, span, message, hint);
}
