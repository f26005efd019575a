using Pmilter.Policies.Text;

namespace Pmilter.Rehearsal.Tests;

/// <summary>What is wrong with a test itself: PM400 to PM410, one method a message.</summary>
internal static class TestDiagnostics
{
    public static Diagnostic Vacuous(SourceSpan span, string found, string hint) => Error("PM400", span, $"{found}: it could not fail", hint);

    public static Diagnostic UnknownPolicy(SourceSpan span, string name, IReadOnlyList<string> known) =>
        Error("PM401", span, $"there is no policy '{name}'", Suggestion.For(name, known) ?? Known(known));

    public static Diagnostic UnknownRule(SourceSpan span, string name, IReadOnlyList<string> known) =>
        Error("PM402", span, $"no rule '{name}' runs in this test", Suggestion.For(name, known) ?? Known(known));

    public static Diagnostic WrongMode(SourceSpan span, string name, string mode, string hint) =>
        Error("PM403", span, $"the rule '{name}' is in mode {mode}", hint);

    public static Diagnostic UnknownName(SourceSpan span, string what, string name, IReadOnlyList<string> known) =>
        Error("PM404", span, $"no {what} '{name}' is used in this test", Suggestion.For(name, known) ?? Known(known));

    public static Diagnostic UnknownList(SourceSpan span, string name) =>
        Error("PM405", span, $"no policy of this test has a list '{name}'", "lists: replaces the lists of the policies that are tested");

    public static Diagnostic BadFact(SourceSpan span, string lookup, string answer, string expected) =>
        Error("PM406", span, $"'{answer}' is no answer of {lookup}", $"write {expected}, or timeout for a look-up that fails");

    public static Diagnostic DuplicateTest(SourceSpan span, string name, int line) =>
        Error("PM407", span, $"a test '{name}' is on line {line.ToString(System.Globalization.CultureInfo.InvariantCulture)} already", "give each its own name");

    public static Diagnostic NoConnection(SourceSpan span) =>
        Error("PM408", span, "there is no message before whose connection could be kept", "leave same_connection out of the first message");

    public static Diagnostic NotARecipient(SourceSpan span, string address) =>
        Error("PM409", span, $"the message is not sent to {address}", "name a recipient of rcpt_to");

    private static string? Known(IReadOnlyList<string> known) => known.Count is > 0 and < 20 ? $"known are {string.Join(", ", known)}" : null;

    private static Diagnostic Error(string id, SourceSpan span, string message, string? hint) => new(id, DiagnosticSeverity.Error, span, message, hint);
}
