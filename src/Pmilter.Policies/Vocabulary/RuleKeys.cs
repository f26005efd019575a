using Pmilter.Policies.Syntax;

namespace Pmilter.Policies.Vocabulary;

/// <summary>Keys of a rule and of the mappings in it.</summary>
public static class RuleKeys
{
    private static readonly DurationForm HoldTime = new(TimeSpan.FromSeconds(1), TimeSpan.FromDays(31));
    private static readonly TextForm TimeOfDay = new("time of day: '08:00'", "^[0-2][0-9]:[0-5][0-9]$");
    private static readonly TextForm Moment = new("time with its zone: '2026-06-01T09:00+09:00'", @"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:?[0-9]{2})$");
    private static readonly string Day = string.Join('|', PolicyWords.Days.Select(day => day.Word));

    public static KeyTable Hold { get; } = new(
        "a hold",
        new KeyEntry("for", HoldTime, "The key is refused that long, a fixed end.") { IsRequired = true },
        new KeyEntry("after", ChoiceForm.Of(PolicyWords.AfterHold), "Forgets the admitted events when the hold ends: the true rate is then above the limit."));

    public static KeyTable Limit { get; } = new(
        "a limit",
        new KeyEntry("counter", new NameForm("name of a counter"), "What is limited.") { IsRequired = true },
        new KeyEntry("max", new ExpressionForm("number or numeric expression"), "The rule fires when the counter is above it.") { IsRequired = true },
        new KeyEntry("hold", new EitherForm(HoldTime, new TableForm(Hold)), "Once the limit is passed, the key is refused for at least that time."));

    public static KeyTable Schedule { get; } = new(
        "a schedule",
        new KeyEntry("days", new ListForm(new TextForm("day or span: mon-fri", $"^({Day})( *- *({Day}))?$")), "Days of the week.") { Default = "[mon-sun]" },
        new KeyEntry("from", TimeOfDay, "Begin; with an earlier end the span goes over midnight.") { Default = "'00:00'" },
        new KeyEntry("to", TimeOfDay, "End; 24:00 is midnight.") { Default = "'24:00'" },
        new KeyEntry("zone", new TextForm("time zone: Asia/Tokyo"), "The zone of from and to; server.zone where it is left out."));

    public static KeyTable Rule { get; } = new(
        "a rule",
        new KeyEntry("id", new NameForm(), "Its name, unique in the file: it goes to logs, replies and tests.") { IsRequired = true },
        new KeyEntry("phase", ChoiceForm.Of(PolicyWords.Phases), "When it runs; header once a header field, body once a chunk.") { IsRequired = true },
        new KeyEntry("when", new ExpressionForm(), "The rule matches only if it holds; left out: always."),
        new KeyEntry("unless", new ExpressionForm(), "The rule does not match if it holds."),
        new KeyEntry("limit", new TableForm(Limit), "Fires when a counter is above a maximum, for an event that the counter counted."),
        new KeyEntry("then", new StepsForm(), "What happens: steps in order, at most one verdict, and it is the last.") { IsRequired = true },
        new KeyEntry("mode", ChoiceForm.Of(PolicyWords.Modes), "The rule's own strength; the weakest of server, file and rule counts.") { Default = "enforce" },
        new KeyEntry("schedule", new TableForm(Schedule), "Days and times at which the rule is on."),
        new KeyEntry("from", Moment, "Before it the rule is off."),
        new KeyEntry("until", Moment, "From then on the rule is off."),
        new KeyEntry("on_error", ChoiceForm.Of(PolicyWords.OnErrors), "What happens when a fact that decides could not be had; else ruby.on_error, state.on_error or server.on_error says."),
        new KeyEntry("timeout", new DurationForm(TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)), "What a script or look-up of this rule may take."),
        new KeyEntry("protected", ChoiceForm.Of(PolicyWords.Include), "Reaches protected parties too."),
        new KeyEntry("mta_refused", ChoiceForm.Of(PolicyWords.Include), "Reaches recipients too that the MTA itself refused."),
        new KeyEntry("tags", new ListForm(new TextForm("word")), "Words for finding the rule again; they do nothing."),
        new KeyEntry("description", new TextForm(), "What the rule is for."),
        new KeyEntry("owner", new TextForm(), "Who answers for it."));
}
