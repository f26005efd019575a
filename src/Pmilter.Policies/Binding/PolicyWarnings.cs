using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding;

/// <summary>What is legal and probably not meant, one method a message: PM250 to PM279.</summary>
internal static class PolicyWarnings
{
    public static Diagnostic ConnectText(SourceSpan span) =>
        Warning("PM250", span, "both MTAs replace the text of a refusal at connect", "move the rule to helo, mail or rcpt to be read");

    public static Diagnostic TempfailForMailPrograms(SourceSpan span) =>
        Warning("PM251", span, "this tempfail reaches authenticated clients: mail programs do not retry", "use reject, which the user sees at once");

    public static Diagnostic Starves(SourceSpan span, string counter) =>
        Warning("PM252", span, $"'{counter}' counts refused attempts too: a steady sender over the limit is never let in again", "add hold:, or refused: ignore");

    public static Diagnostic Bypasses(SourceSpan span, string rules) =>
        Warning("PM253", span, $"allow: all bypasses {rules}", "allow alone ends only this file's rules");

    public static Diagnostic UnreachableBehind(SourceSpan span, string rule, string before) =>
        Warning("PM254", span, $"rule '{rule}' is never reached: '{before}' decides every time", "move it up, or give the other one a condition");

    public static Diagnostic NeverTrue(SourceSpan span, string rule) =>
        Warning("PM255", span, $"rule '{rule}' can never fire", "its conditions are constant");

    public static Diagnostic SameCondition(SourceSpan span, string rule, string before) =>
        Warning("PM256", span, $"rule '{rule}' has the same conditions as '{before}', which decides first");

    public static Diagnostic Unused(Located<string> name, string kind) =>
        Warning("PM257", name.Span, $"{kind} '{name.Value}' is never used");

    public static Diagnostic Expired(SourceSpan span, string rule, DateTimeOffset until) =>
        Warning("PM258", span, $"rule '{rule}' expired at {until:yyyy-MM-dd HH:mm zzz}", "remove it, or set a later time");

    public static Diagnostic TrueRate(SourceSpan span, string rate) =>
        Warning("PM259", span, $"after: empty lets {rate} through", "leave it out to keep the window's limit");

    public static Diagnostic HoldWithoutVerdict(SourceSpan span, string rule) =>
        Warning("PM260", span, $"rule '{rule}' holds but refuses nothing", "add tempfail: or reject: to then");

    public static Diagnostic BreaksSignatures(SourceSpan span, string step) =>
        Warning("PM275", span, $"{step} breaks the DKIM signatures of mail from elsewhere: forwarders and DMARC may refuse it later", "keep it to mail that you sign yourself afterwards (when: authenticated), or to recipients whose mail stays with you (any_rcpt(rcpt_to_domain = …))");

    public static Diagnostic UnusualResult(SourceSpan span, string word, string hint) =>
        Warning("PM277", span, $"no method's result is '{word}'", hint);

    private static Diagnostic Warning(string id, SourceSpan span, string message, string? hint = null) =>
        new(id, DiagnosticSeverity.Warning, span, message, hint);
}
