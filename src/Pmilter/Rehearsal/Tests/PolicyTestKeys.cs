using Pmilter.Policies.Vocabulary;

namespace Pmilter.Rehearsal.Tests;

/// <summary>Keys of a file of policy tests.</summary>
internal static class PolicyTestKeys
{
    private static readonly DurationForm Time = new(TimeSpan.Zero, TimeSpan.FromDays(3660));
    private static readonly TextForm Moment = new("time: '2026-01-05T09:30Z'");
    private static readonly KeyEntry SameConnection = new("same_connection", new BoolForm(), "Whether the connection of the message before is kept; of a test, for all its messages.");
    private static readonly KeyEntry Lists = new("lists", new MapForm(PolicyKeys.ListItems, HasAnyKey: true), "Contents in the place of the policies' own lists and maps.");
    private static readonly ChoiceForm Verdict = new(["continue", "allow", "accept", "tempfail", "reject", "discard", "quarantine", "greylist"]);

    private static readonly KeyEntry[] Decision =
    [
        new("verdict", Verdict, "What is decided; continue: it goes through."),
        new("rule", new TextForm("rule or policy/rule"), "The rule that decided, or one that fired on mail that goes through; '' for none."),
        new("reply", new TextForm(), "A part of the SMTP reply."),
    ];

    public static (string Word, EarlyEnd Value)[] EarlyEnds { get; } = [("rset", EarlyEnd.Rset), ("quit", EarlyEnd.Quit), ("drop", EarlyEnd.Drop)];

    public static KeyTable Recipient { get; } = new("an expectation for a recipient", Decision);

    public static KeyTable Expect { get; } = new(
        "an expectation",
        [
            .. Decision,
            new KeyEntry("phase", RuleKeys.Rule.FormOf<ChoiceForm>("phase"), "Where it is decided."),
            new KeyEntry("headers", new MapForm(new TextForm(), HasAnyKey: true), "Header fields of the message as it goes on; '': no such field."),
            new KeyEntry("recipients", new EitherForm(SampleKeys.Texts, new MapForm(new EitherForm(Verdict, new TableForm(Recipient)), HasAnyKey: true)), "To whom it goes on; or what comes of each, by address."),
            new KeyEntry("sender", new TextForm("address"), "The envelope sender as it goes on."),
            new KeyEntry("would", new EitherForm(SampleKeys.Texts, new MapForm(Verdict, HasAnyKey: true)), "Exactly the monitor rules that would have decided, as a list or each with its verdict; [] for none."),
            new KeyEntry("notices", SampleKeys.Texts, "Exactly the targets of notify: steps that are told of it; [] for none."),
            new KeyEntry("counters", new MapForm(new NumberForm(), HasAnyKey: true), "Counts with this message."),
            new KeyEntry("bans", new MapForm(SampleKeys.Texts, HasAnyKey: true), "Keys that are banned after it; [] for none."),
        ]);

    public static KeyTable Send { get; } = new(
        "a message to send",
        [
            .. SampleKeys.Message.Entries,
            new KeyEntry("repeat", new IntegerForm(1, 1_000_000), "How often; {n} in any text is the number of the repetition.") { Default = "1" },
            new KeyEntry("every", Time, "What passes after each.") { Default = "0s" },
            new KeyEntry("after", Time, "Moves the clock first.") { Default = "0s" },
            new KeyEntry("now", Moment, "Sets the clock first."),
            SameConnection,
            new KeyEntry("abort", ChoiceForm.Of(EarlyEnds), "Ends the message early, in the place of its end."),
            new KeyEntry("expect", new TableForm(Expect), "What must come of it, of each of the repetitions."),
        ]);

    public static KeyTable Test { get; } = new(
        "a test",
        new KeyEntry("name", new TextForm(), "What is tested, as a sentence; unique in the file.") { IsRequired = true },
        new KeyEntry("policy", SampleKeys.Texts, "The policy that runs, or a list of them; left out: all."),
        new KeyEntry("message", new TableForm(SampleKeys.Message), "What all messages of the test have, over the file's."),
        Lists,
        new KeyEntry("now", Moment, "When the clock starts.") { Default = "'2026-01-05T00:00Z'" },
        SameConnection,
        new KeyEntry("send", new ListForm(new TableForm(Send)), "The script: messages, in order.") { IsRequired = true });

    public static KeyTable File { get; } = new(
        "a test file",
        Lists,
        new KeyEntry("message", new TableForm(SampleKeys.Message), "What all messages of the file have."),
        new KeyEntry("tests", new ListForm(new TableForm(Test)), "The tests; each begins with nothing counted.") { IsRequired = true });

    public static IReadOnlyList<string> Verdicts => Verdict.Choices;
}
