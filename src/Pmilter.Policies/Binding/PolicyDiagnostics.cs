using Pmilter.Policies.Mail;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Binding;

/// <summary>What makes a policy file unusable, one method a message: PM200 to PM249.</summary>
internal static class PolicyDiagnostics
{
    public static Diagnostic DuplicatePolicy(Located<string> name, SourceSpan first) =>
        Error("PM200", name.Span, $"policy '{name.Value}' is already defined in {first.FileAndLine}", "every policy has its own name");

    public static Diagnostic UnknownImport(Located<string> name, IEnumerable<string> policies) =>
        Error("PM201", name.Span, $"no policy is called '{name.Value}'", Suggestion.For(name.Value, policies) ?? "use: names other policies, without a path");

    public static Diagnostic ImportClash(SourceSpan span, string kind, string name, string first, string second) =>
        Error("PM202", span, $"{kind} '{name}' comes from '{first}' and from '{second}'", "rename one of them");

    public static Diagnostic MacroHidesField(Located<string> name) =>
        Error("PM204", name.Span, $"macro '{name.Value}' would hide the field of that name", "choose another name");

    public static Diagnostic CounterPhase(SourceSpan span, string kind, Phase phase, string expected) =>
        Error("PM206", span, $"'{kind}' cannot be counted in phase '{Word(phase)}'", $"expected {expected}");

    public static Diagnostic UnknownCounter(Located<string> name, IEnumerable<string> counters) =>
        Error("PM209", name.Span, $"no counter of this file is called '{name.Value}'", Suggestion.For(name.Value, counters));

    public static Diagnostic LaterCounter(Located<string> counter, Phase counterPhase, Phase phase) =>
        Error("PM210", counter.Span, $"counter '{counter.Value}' counts in phase '{Word(counterPhase)}', after this rule's '{Word(phase)}'", $"move the rule to '{Word(counterPhase)}' or later");

    public static Diagnostic UnknownStep(Located<string> name, IEnumerable<string> steps) =>
        Error("PM211", name.Span, $"unknown step '{name.Value}'", Suggestion.For(name.Value, steps) ?? "pmilter fields lists the steps");

    public static Diagnostic StepPhase(Located<string> name, Phase phase, string reason) =>
        Error("PM213", name.Span, $"'{name.Value}' is not possible in phase '{Word(phase)}'", reason);

    public static Diagnostic VerdictNotLast(Located<string> name) =>
        Error("PM214", name.Span, $"'{name.Value}' is a verdict and must be the last step", "nothing runs behind a verdict");

    public static Diagnostic SeveralVerdicts(Located<string> name, string first) =>
        Error("PM215", name.Span, $"a rule has one verdict; '{first}' comes before this '{name.Value}'");

    public static Diagnostic VerdictTooLate(Located<string> name, Phase phase) =>
        Error("PM216", name.Span, $"in phase '{Word(phase)}' nobody waits for an answer: '{name.Value}' has no effect", "remove it, or move the rule to an earlier phase");

    public static Diagnostic StepArgument(SourceSpan span, string step, string shape) =>
        Error("PM217", span, $"'{step}' does not take this argument", $"write {shape}");

    public static Diagnostic UnknownBan(Located<string> name, IEnumerable<string> bans) =>
        Error("PM218", name.Span, $"no ban of this file is called '{name.Value}'", Suggestion.For(name.Value, bans));

    public static Diagnostic NotExplicit(Located<string> counter) =>
        Error("PM219", counter.Span, $"counter '{counter.Value}' counts by itself; 'count:' hits only counters with count: explicit");

    public static Diagnostic ReplyClass(SourceSpan span, string verdict, string written, char expected) =>
        Error("PM220", span, $"'{verdict}' answers {expected}xx, but the text begins with '{written}'", $"begin with {expected}.7.1, or use {(expected == '4' ? "reject" : "tempfail")}");

    public static Diagnostic ReplyClassesDiffer(SourceSpan span, string code, string enhanced) =>
        Error("PM221", span, $"the codes {code} and {enhanced} are of different classes", "both begin with the same digit");

    public static Diagnostic BadReply(SourceSpan span, string error) => Error("PM222", span, error);

    public static Diagnostic FileConditionPhase(Located<Phase> phase, string owner, string key, Phase? first) =>
        Error("PM223", phase.Span, $"{owner} stands in phase '{Word(phase.Value)}', where the file's '{key}' cannot be known", first is { } p ? $"first possible in '{Word(p)}'" : null);

    public static Diagnostic OnErrorPhase(SourceSpan span, string value, Phase phase) =>
        Error("PM224", span, $"on_error: {value} is not possible in phase '{Word(phase)}'", phase == Phase.Rcpt ? "it would free every recipient" : "nobody waits for an answer; use continue");

    public static Diagnostic TooLong(SourceSpan span, string what, TimeSpan most) =>
        Error("PM226", span, $"{what} is longer than an event may take", $"at most {Syntax.ValueReader.Show(most)}");

    public static Diagnostic KeyPhase(Located<string> name, string kind, Phase phase) =>
        Error("PM227", name.Span, $"the key of {kind} '{name.Value}' cannot be known in phase '{Word(phase)}'");

    public static Diagnostic VariableTypes(SourceSpan span, string name, string first, string second) =>
        Error("PM228", span, $"variable '{name}' is a {second} here and a {first} elsewhere");

    public static Diagnostic BadHeaderName(SourceSpan span, string name) =>
        Error("PM229", span, $"'{name}' is not a header name", "letters, digits and hyphens, as in X-Spam");

    public static Diagnostic UnknownGreylist(Located<string> name, IEnumerable<string> greylists) =>
        Error("PM230", name.Span, $"no greylist of this file is called '{name.Value}'", Suggestion.For(name.Value, greylists));

    public static Diagnostic UnknownMemory(Located<string> name, IEnumerable<string> memories) =>
        Error("PM231", name.Span, $"no memory of this file is called '{name.Value}'", Suggestion.For(name.Value, memories));

    public static Diagnostic TrustWithoutClient(Located<string> greylist) =>
        Error("PM232", greylist.Span, $"greylist '{greylist.Value}' has trust_client_after, and a key that names no client", "add client_net to its key");

    public static Diagnostic UnknownNoticeTarget(Located<string> name, IEnumerable<string> targets) =>
        Error("PM236", name.Span, $"pmilter.yaml defines no target '{name.Value}'", Suggestion.For(name.Value, targets) ?? $"define it there: notify: {{ {name.Value}: {{ mail: postmaster }} }}");

    public static Diagnostic NobodyIsTrusted(SourceSpan span, string function) =>
        Error("PM276", span, $"{function} can know nothing: no server's results are trusted", "name your own in pmilter.yaml: auth: { trusted: [mx.example.jp] }, or let Pmilter check itself: auth: { check: true }");

    public static Diagnostic NeedsCheck(SourceSpan span) =>
        Error("PM278", span, "dmarc_policy is known only where Pmilter checks itself", "write auth: { check: true } in pmilter.yaml");

    public static string Word(Phase phase) => phase switch
    {
        Phase.Connect => "connect",
        Phase.Helo => "helo",
        Phase.Mail => "mail",
        Phase.Rcpt => "rcpt",
        Phase.Data => "data",
        Phase.Header => "header",
        Phase.Eoh => "eoh",
        Phase.Body => "body",
        Phase.Eom => "eom",
        Phase.Unknown => "unknown",
        Phase.Abort => "abort",
        _ => "close",
    };

    private static Diagnostic Error(string id, SourceSpan span, string message, string? hint = null) =>
        new(id, DiagnosticSeverity.Error, span, message, hint);
}
