using System.Globalization;
using Pmilter.Policies.Mail;
using Pmilter.Policies.Syntax;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding;

/// <summary>What can be wrong with names (PM100–PM109), types, phases and functions (PM130–PM149) of an expression or text.</summary>
internal static class BindingDiagnostics
{
    public static Diagnostic RecursiveMacro(SourceSpan span, string name) => Error("PM100", span, $"macro '{name}' uses itself", "write the condition out");

    public static Diagnostic UnknownList(SourceSpan span, string name, string? hint) => Error("PM101", span, $"unknown list '{name}'", hint ?? "lists stand under lists:, or come with use:");

    public static Diagnostic UnknownPattern(SourceSpan span, string name, string? hint) => Error("PM102", span, $"unknown pattern '{name}'", hint ?? "patterns stand under patterns:, or come with use:");

    public static Diagnostic UnknownCounter(SourceSpan span, string name, string? hint) => Error("PM103", span, $"unknown counter '{name}'", hint ?? "counters stand under counters: of this file");

    public static Diagnostic UnknownField(SourceSpan span, string name, string? hint) => Error("PM104", span, $"unknown field '{name}'", hint);

    public static Diagnostic NamesDoNotCrossFiles(SourceSpan span, string written, string file) =>
        Error("PM105", span, $"'{written}' would be a division; names do not cross files", $"write use: [{file}] at the top of the file, and the bare name here");

    public static Diagnostic UnknownFunction(SourceSpan span, string name, string? hint) => Error("PM106", span, $"unknown function '{name}'", hint);

    public static Diagnostic UnknownBan(SourceSpan span, string name, string? hint) => Error("PM107", span, $"unknown ban '{name}'", hint ?? "bans stand under bans: of this file");

    public static Diagnostic UnknownMemory(SourceSpan span, string name, string? hint) => Error("PM169", span, $"unknown memory '{name}'", hint ?? "memories stand under memories: of this file");

    public static Diagnostic UnknownTag(SourceSpan span, string name, string? hint) => Error("PM108", span, $"no rule writes the tag '{name}'", hint ?? "write a step tag: for it");

    public static Diagnostic UnknownVariable(SourceSpan span, string name, string? hint) => Error("PM109", span, $"no rule of this file sets '{name}'", hint ?? "write a step set: for it");

    public static Diagnostic WrongType(SourceSpan span, ValueType found, string expected, string? hint = null) =>
        Error("PM130", span, $"this is {Article(found)}; {expected} is expected", hint);

    public static Diagnostic NotKnownYet(SourceSpan span, string field, Phase phase, string hint) =>
        Error("PM131", span, $"'{field}' is not known yet in phase '{NameOf(phase)}'", hint);

    public static Diagnostic NotKnownHere(SourceSpan span, string field, string where, Phase phase, string hint) =>
        Error("PM132", span, $"'{field}' is known {where}, not in '{NameOf(phase)}'", hint);

    public static Diagnostic IncomparableTypes(SourceSpan span, BinaryOperator sign, ValueType left, ValueType right, string? hint) =>
        Error("PM133", span, $"'{ExpressionPrinter.SignOf(sign)}' cannot compare {Article(left)} with {Article(right)}", hint ?? "nothing is converted silently");

    public static Diagnostic WrongArgumentCount(SourceSpan span, string signature, int found) =>
        Error("PM134", span, string.Create(CultureInfo.InvariantCulture, $"found {found} argument{(found == 1 ? string.Empty : "s")}"), $"it is {signature}");

    public static Diagnostic LiteralExpected(SourceSpan span, string what) => Error("PM135", span, $"{what} is written as a literal, so that it can be checked when loading", "write it in single quotes");

    public static Diagnostic BadLiteral(SourceSpan span, string written, string expected, string? hint = null) => Error("PM136", span, $"'{written}' is not {expected}", hint);

    public static Diagnostic NotAvailable(SourceSpan span, string name) => Error("PM137", span, $"'{name}' is not available in this version yet");

    public static Diagnostic WrongListType(SourceSpan span, string list, string type, string expected, string? hint = null) =>
        Error("PM138", span, $"list '{list}' is of type {type}; {expected}", hint);

    public static Diagnostic CounterTooLate(SourceSpan span, string counter, Phase counts, Phase phase) =>
        Error("PM139", span, $"counter '{counter}' counts in phase '{NameOf(counts)}', after '{NameOf(phase)}'", $"move the rule to '{NameOf(counts)}' or later");

    public static Diagnostic AlwaysSame(SourceSpan span, bool value) =>
        new("PM140", DiagnosticSeverity.Warning, span, $"this is always {(value ? "true" : "false")}", "remove it, or compare with something that varies");

    public static Diagnostic NeverHasValue(SourceSpan span, string field, string written, string hint) => Error("PM141", span, $"'{field}' is never '{written}'", hint);

    public static Diagnostic RecipientLoopNotHere(SourceSpan span, string function, Phase phase) =>
        Error("PM142", span, $"{function}() asks about all recipients, which are known from 'data' on, not in '{NameOf(phase)}'", phase == Phase.Rcpt ? "at rcpt write the condition itself: it is about this recipient" : "move the rule to 'data' or later");

    public static Diagnostic NestedRecipientLoop(SourceSpan span, string function) => Error("PM143", span, $"{function}() stands inside another question about recipients or parts", "join the conditions in one, or ask side by side: any_rcpt(…) and any_part(…)");

    public static Diagnostic WrongKeyCount(SourceSpan span, string what, int expected, int found) =>
        Error("PM144", span, string.Create(CultureInfo.InvariantCulture, $"{what} has a key of {expected} part{(expected == 1 ? string.Empty : "s")}; found {found}"), "give each part in the order of key:, or none");

    public static Diagnostic NotAnOperation(SourceSpan span, BinaryOperator sign, ValueType left, ValueType right, string? hint) =>
        Error("PM145", span, $"'{ExpressionPrinter.SignOf(sign)}' works on numbers; found {Article(left)} and {Article(right)}", hint);

    public static Diagnostic UnknownHole(SourceSpan span, string hole, string? hint) => Error("PM146", span, $"unknown field '{{{hole}}}' in the text", hint ?? "a brace itself is written {{");

    public static Diagnostic HoleNotHere(SourceSpan span, string hole) => Error("PM147", span, $"{{{hole}}} has no value in this rule", "it needs a limit, a hold or a ban");

    public static Diagnostic UnclosedHole(SourceSpan span) => Error("PM148", span, "a brace opens a field that is never closed", "a brace itself is written {{");

    public static Diagnostic UnknownColumn(SourceSpan span, string column, string? hint) => Error("PM149", span, $"the map has no column '{column}'", hint);

    public static Diagnostic TooLarge(SourceSpan span) => Error("PM168", span, "with its macros written out this is too large or too deeply nested", "use a list, or fewer macros within macros");

    public static string NameOf(Phase phase) => phase.ToString().ToLowerInvariant();

    public static string Article(ValueType type) => type switch
    {
        ValueType.Text => "a text",
        ValueType.Number => "a number",
        ValueType.Bool => "a condition (true or false)",
        ValueType.Ip => "an address (ip)",
        _ => "a time",
    };

    private static Diagnostic Error(string id, SourceSpan span, string message, string? hint = null) => new(id, DiagnosticSeverity.Error, span, message, hint);
}
