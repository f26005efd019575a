using System.Globalization;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Syntax;

/// <summary>What can be wrong in the text of a condition: PM110 to PM129, one method a message.</summary>
internal static class ExpressionDiagnostics
{
    public static Diagnostic TooLong(SourceSpan span, int length) =>
        Error("PM110", span, $"the condition has {Number(length)} characters; at most {Number(ExpressionLimits.MaxLength)} are read", "split it into macros");

    public static Diagnostic TooManyTokens(SourceSpan span) =>
        Error("PM110", span, $"the condition has more than {Number(ExpressionLimits.MaxTokens)} words and signs", "move the values into a list and write in_list(x, 'name')");

    public static Diagnostic TooDeep(SourceSpan span) =>
        Error("PM110", span, $"parentheses are nested more than {Number(ExpressionLimits.MaxDepth)} deep", "split the condition into macros");

    public static Diagnostic UnknownCharacter(SourceSpan span, string character, string? hint) =>
        Error("PM111", span, $"{character} has no meaning in a condition", hint);

    public static Diagnostic DoubleQuotes(SourceSpan span, string inner) =>
        Error("PM112", span, $"\"{inner}\" is a name here; text takes single quotes", $"write '{inner}'");

    public static Diagnostic UpperCaseKeyword(SourceSpan span, string written) =>
        Error("PM113", span, $"'{written}' is not an operator; keywords are lower case: {written.ToLowerInvariant()}", $"write {written.ToLowerInvariant()}");

    public static Diagnostic NotBindsTighter(SourceSpan span, string not, string comparison) =>
        Error("PM114", span, $"'{not}' binds tighter than '{comparison}': this compares the negation", NotHint(comparison));

    public static Diagnostic RegexOperator(SourceSpan span, string written) =>
        Error("PM115", span, $"'{written}' is not an operator", "use matches(s, 'pattern'); the pattern stands under patterns:");

    public static Diagnostic BadEscape(SourceSpan span, string written) =>
        Error("PM116", span, $"'{written}' is not an escape; known are \\n \\r \\t \\' \\\\ and \\uXXXX", "regular expressions live under patterns:; a backslash itself is written \\\\");

    public static Diagnostic ControlCharacter(SourceSpan span, char character) =>
        Error("PM117", span, $"a {(character == '\t' ? "TAB" : "control character")} inside text", character == '\t' ? "write \\t" : $"write \\u{(int)character:x4}");

    public static Diagnostic UnclosedText(SourceSpan span) =>
        Error("PM118", span, "a single quote opens text that is never closed", "close it with '; a quote inside text is written \\'");

    public static Diagnostic InfixFunction(SourceSpan span, string function, string operand, bool negated) =>
        Error("PM119", span, $"'{function}' is a function, not an operator", $"write {(negated ? "not " : string.Empty)}{function}({operand}, {(function == "in" ? "'a', 'b'" : "…")})");

    public static Diagnostic Date(SourceSpan span) =>
        Error("PM120", span, "'#' has no meaning in a condition; dates are not written between #", "use from:, until: or days_since('2026-03-01'); a comment stands on its own line of the YAML");

    public static Diagnostic BracketName(SourceSpan span, string inner) =>
        Error("PM121", span, $"names are not written in brackets: [{inner}]", $"write {inner}, or '{inner}' when text is meant");

    public static Diagnostic BitOperator(SourceSpan span, string written, string? hint) =>
        Error("PM122", span, $"the bit operator '{written}' is not available", hint);

    public static Diagnostic ChainedComparison(SourceSpan span, string first, string second) =>
        Error("PM123", span, $"comparisons do not chain: '{first}' and '{second}' stand side by side", "write a < x and x < b, or put one of them in parentheses");

    public static Diagnostic BadNumber(SourceSpan span, string written) =>
        Error("PM124", span, $"'{written}' is not a number; numbers look like 20, 1.5 or 1e3", "text takes single quotes");

    public static Diagnostic Empty(SourceSpan span) =>
        Error("PM126", span, "the condition is empty", "leave the key out, or write a condition such as authenticated");

    public static Diagnostic UnclosedParenthesis(SourceSpan span) => Error("PM127", span, "this parenthesis is never closed", "add )");

    public static Diagnostic ExtraParenthesis(SourceSpan span) => Error("PM127", span, "nothing opens this parenthesis", "remove it");

    public static Diagnostic Unexpected(SourceSpan span, string found, bool afterOperand, string? hint) =>
        Error("PM128", span, $"found {found} where {(afterOperand ? "an operator (and, or, =, <, +, …) or the end" : "a value (a name, a number, 'text' or a function)")} was expected", hint);

    public static Diagnostic Unreadable(SourceSpan span) =>
        Error("PM129", span, "the condition cannot be read; its grammar is at fault, not a single place", "simplify it, or split it into macros");

    private static string NotHint(string comparison) =>
        comparison is "=" ? "write not (s = 'x') or s <> 'x'" : $"write not (a {comparison} b)";

    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static Diagnostic Error(string id, SourceSpan span, string message, string? hint = null) =>
        new(id, DiagnosticSeverity.Error, span, message, hint);
}
