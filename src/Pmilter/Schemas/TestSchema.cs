using Pmilter.Policies.Vocabulary;

namespace Pmilter.Schemas;

/// <summary>Keys of a file of policy tests.</summary>
internal static class TestSchema
{
    private static readonly DurationForm Time = new(TimeSpan.Zero, TimeSpan.FromDays(366));
    private static readonly TextForm Moment = new("time with its zone: 2026-01-05T00:00Z");
    private static readonly EitherForm Addresses = new(new TextForm("address"), new ListForm(new TextForm("address")));
    private static readonly MapForm Values = new(new TextForm("value"), HasAnyKey: true);
    private static readonly KeyEntry Lists = new("lists", new MapForm(PolicyKeys.ListItems), "Contents that stand in for lists and maps of the policies.");
    private static readonly KeyEntry Now = new("now", Moment, "Sets the clock; tests begin at 2026-01-05T00:00Z.");
    private static readonly KeyEntry SameConnection = new("same_connection", new BoolForm(), "Keeps the connection of the message before.");

    public static KeyTable Message { get; } = new(
        "a message",
        Text("client_ip", "The client's address."),
        Text("client_name", "Its verified host name."),
        Whole("client_port", 65535, "Its source port."),
        Text("client_country", "Its country code."),
        Text("client_continent", "Its continent, two letters."),
        Whole("client_asn", int.MaxValue, "Number of its autonomous system."),
        Text("client_as_org", "Holder of the autonomous system."),
        Text("helo", "What the client calls itself."),
        Text("mail_from", "Envelope sender; '' for the null sender."),
        new KeyEntry("rcpt_to", Addresses, "Envelope recipients; 'u{1..600}@x.example' stands for 600 of them."),
        Text("sasl_login", "Who has logged in."),
        Text("sasl_method", "How the client has logged in."),
        Text("sasl_author", "AUTH= of MAIL."),
        Text("tls_version", "The TLS version; left out: no TLS."),
        Text("tls_cipher", "The cipher suite."),
        Whole("tls_bits", 65535, "Strength of the key in bits."),
        Text("daemon_name", "The MTA's name for the service that took the connection."),
        Text("listener", "Name of the Pmilter listener."),
        Text("queue_id", "The MTA's queue id."),
        Whole("declared_size", int.MaxValue, "SIZE= of MAIL in bytes."),
        new KeyEntry("smtputf8", new BoolForm(), "The message is announced with SMTPUTF8."),
        new KeyEntry("headers", new MapForm(new EitherForm(new TextForm("value"), new ListForm(new TextForm("value"))), HasAnyKey: true), "Header fields, in order."),
        Text("body", "The body."),
        new KeyEntry("macros", Values, "Macros of the MTA by name."),
        new KeyEntry("mail_params", Values, "Parameters of MAIL by name."));

    public static KeyTable Expect { get; } = new(
        "an expectation",
        new KeyEntry("verdict", PerRecipient(new ChoiceForm(["continue", "allow", "accept", "tempfail", "reject", "discard", "quarantine", "skip"])), "The verdict; of recipients, where they differ, by address."),
        new KeyEntry("rule", PerRecipient(new TextForm("rule")), "The rule that decides; by address where recipients differ."),
        new KeyEntry("phase", RuleKeys.Rule.FormOf<ChoiceForm>("phase"), "The phase in which it decides."),
        new KeyEntry("reply", PerRecipient(new TextForm()), "The SMTP reply."),
        new KeyEntry("headers", new LaterForm(), "Header fields after the message's changes."),
        new KeyEntry("recipients", new ListForm(new TextForm("address")), "Recipients after the message's changes."),
        new KeyEntry("would", new EitherForm(new TextForm("rule"), new ListForm(new TextForm("rule"))), "Monitor rules that would have fired."),
        new KeyEntry("counters", new MapForm(new EitherForm(new NumberForm(), Values), HasAnyKey: true), "Counts afterwards, by counter."),
        new KeyEntry("bans", new LaterForm(), "Bans that hold afterwards."));

    public static KeyTable Send { get; } = new(
        "an entry of send",
        [
            .. Message.Entries,
            new KeyEntry("repeat", new IntegerForm(1, 1_000_000), "Sends it so often; {n} is the number of the repetition.") { Default = "1" },
            new KeyEntry("every", Time, "Between repetitions, and after the last."),
            new KeyEntry("after", Time, "Moves the clock first."),
            Now,
            SameConnection,
            new KeyEntry("abort", new ChoiceForm(["rset", "quit", "drop"]), "Ends the message early."),
            new KeyEntry("facts", Values, "Results of look-ups by their expression; timeout is one that fails."),
            new KeyEntry("mta_refused", new ListForm(new TextForm("address")), "Recipients that the MTA itself refuses."),
            new KeyEntry("expect", new TableForm(Expect), "What must come of it."),
        ]);

    public static KeyTable Test { get; } = new(
        "a test",
        new KeyEntry("name", new TextForm(), "What is tested, as a sentence.") { IsRequired = true },
        new KeyEntry("policy", new EitherForm(new NameForm("name of a policy"), new ListForm(new NameForm("name of a policy"))), "Which policy is tested."),
        new KeyEntry("message", new TableForm(Message), "Defaults of this test's messages."),
        Now,
        SameConnection,
        new KeyEntry("send", new ListForm(new TableForm(Send)), "The messages, in order.") { IsRequired = true },
        Lists);

    public static KeyTable File { get; } = new(
        "a test file",
        Lists,
        new KeyEntry("message", new TableForm(Message), "Defaults of every message of the file."),
        new KeyEntry("tests", new ListForm(new TableForm(Test)), "The tests; each begins with nothing counted.") { IsRequired = true });

    private static EitherForm PerRecipient(ValueForm form) => new(form, new MapForm(form, HasAnyKey: true));

    private static KeyEntry Text(string name, string meaning) => new(name, new TextForm(), meaning);

    private static KeyEntry Whole(string name, int most, string meaning) => new(name, new IntegerForm(0, most), meaning);
}
