using Pmilter.Policies.Mail;
using Pmilter.Policies.Vocabulary;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Binding.Steps;

/// <summary>Every step of <c>then</c>, in the order of the documentation.</summary>
public static class StepCatalog
{
    private const string NobodyWaits = "nobody waits for an answer any more";
    private const string NoMessage = "there is no message to change";
    private const MilterActions BodyAndHead = MilterActions.ChangeBody | MilterActions.ChangeHeaders | MilterActions.AddHeaders;
    private static readonly Phase[] Everywhere = Enum.GetValues<Phase>();
    private static readonly Phase[] Answered = [.. Everywhere.Where(p => p < Phase.Abort)];
    private static readonly Phase[] OfMessage = [.. Everywhere.Where(p => p is >= Phase.Mail and <= Phase.Eom)];

    private static readonly EitherForm Replies = new(new TextForm("text"), new ListForm(new TextForm("line"), Least: 1));
    private static readonly EitherForm Added = new(new TextForm(), new TableForm(StepKeys.AddedText));
    private static readonly EitherForm Address = new(new TextForm("address"), new TableForm(StepKeys.Address));

    internal static DurationForm Delay { get; } = new(TimeSpan.Zero, TimeSpan.FromMinutes(1));

    public static IReadOnlyList<StepEntry> All { get; } =
    [
        Verdict("allow", ["- allow", "allow: all"], "Ends this file's rules of the phase; 'all' ends every file's.", Answered, NobodyWaits) with { IsBare = true, Argument = new ChoiceForm(["all"]) },
        Verdict("accept", ["- accept"], "The MTA asks no more about this message, or at connect and helo about this connection.", [.. Answered.Where(p => p != Phase.Rcpt)], "it would free every recipient; use allow") with { IsBare = true },
        Verdict("tempfail", ["tempfail: '4.7.1 text'", "- tempfail"], "Refuses for now: 4xx. A list of texts is a reply of several lines; an SMTP code may lead: '421 4.7.0 text'.", Answered, NobodyWaits) with { IsBare = true, Argument = Replies },
        Verdict("reject", ["reject: '5.7.1 text'", "- reject"], "Refuses for good: 5xx.", Answered, NobodyWaits) with { IsBare = true, Argument = Replies },
        Verdict("discard", ["- discard"], "Takes the message and throws it away.", [.. OfMessage.Where(p => p != Phase.Rcpt)], "it would throw away more than this event") with { IsBare = true },
        Verdict("quarantine", ["quarantine: 'reason'"], "Holds the message in the MTA's queue.", [Phase.Eom], "MTAs take it at eom only", MilterActions.Quarantine) with { Argument = new TextForm() },
        Verdict("skip", ["- skip"], "No more events of this kind for this message.", [Phase.Header, Phase.Body], "only header and body come in runs") with { IsBare = true },
        Verdict("greylist", ["greylist: name", "greylist: { name: name, reply: '4.7.1 text' }"], "Refuses for now what the greylist has not seen retried; else the next rule goes on.", [.. OfMessage.Where(p => p is not (Phase.Header or Phase.Body))], "the message is greylisted as a whole, from mail on") with { Argument = new EitherForm(new NameForm("name of a greylist"), new TableForm(StepKeys.Greylist)) },
        Verdict("ruby", ["ruby: handlers/file.rb"], "A Ruby script decides, or lets the next rule go on; a path is relative to the policy file.", Everywhere, string.Empty, MilterActions.None) with { Argument = new TextForm("path") },
        new("ban", ["ban: name"], "Starts the ban for the current key; a repeat takes the next of its steps.", Everywhere, string.Empty) { Argument = new NameForm("name of a ban") },
        new("unban", ["unban: name"], "Lifts the ban of the current key and forgets its repeats.", Everywhere, string.Empty) { Argument = new NameForm("name of a ban") },
        new("count", ["count: counter"], "Hits a counter with count: explicit.", Everywhere, string.Empty) { Argument = new NameForm("name of a counter") },
        new("score", ["score: +2.5"], "Adds to score_total.", Everywhere, string.Empty) { Argument = new NumberForm() },
        new("tag", ["tag: word", "tag: [one, two]"], "Read by tagged('word').", Everywhere, string.Empty) { Argument = new EitherForm(new TextForm("word"), new ListForm(new TextForm("word"), Least: 1)) },
        new("set", ["set: { name: expression }"], "Read by var('name').", Everywhere, string.Empty) { Argument = new MapForm(new ExpressionForm("expression"), HasAnyKey: true) },
        new("log", ["log: 'text'"], "Writes a line to the server's log.", Everywhere, string.Empty) { Argument = new TextForm() },
        new("delay", ["delay: 2s"], "Waits before the answer.", Answered, NobodyWaits) { Argument = Delay },
        Change("add_header", ["add_header: 'X-Spam: yes'", "add_header: { name: X-Spam, value: 'yes' }"], "Adds a header field at the end.", MilterActions.AddHeaders) with { Argument = Header(StepKeys.AddHeader) },
        Change("insert_header", ["insert_header: 'X-Spam: yes'", "insert_header: { name: X-Spam, value: 'yes', index: 1 }"], "Adds a header field at a place: 0 above the MTA's own Received, 1 (default) below it.", MilterActions.AddHeaders) with { Argument = Header(StepKeys.InsertHeader) },
        Change("change_header", ["change_header: 'Subject: text'", "change_header: { name: Subject, value: 'text', index: 1 }", "change_header: { name: X-Spam, value: 'text', pattern: name }"], "Replaces the field of that name, the first where neither an index nor a pattern is given.", MilterActions.ChangeHeaders) with { Argument = Header(StepKeys.ChangeHeader) },
        Change("delete_header", ["delete_header: X-Spam", "delete_header: 'X-Spam-*'", "delete_header: { name: X-Spam, index: 1 }", "delete_header: { name: X-Spam, pattern: name }"], "Deletes every field of that name or beginning, or the one with the index, or those whose value the pattern matches.", MilterActions.ChangeHeaders) with { Argument = new EitherForm(new TextForm("header name"), new TableForm(StepKeys.DeleteHeader)) },
        Change("subject_prefix", ["subject_prefix: '[EXTERNAL] '"], "Puts a text before the subject, once.", MilterActions.ChangeHeaders | MilterActions.AddHeaders) with { Argument = new TextForm() },
        Change("change_sender", ["change_sender: 'a@example.jp'", "change_sender: { address: 'a@example.jp', arguments: 'RET=HDRS' }"], "Replaces the envelope sender.", MilterActions.ChangeSender) with { Argument = Address },
        Change("add_recipient", ["add_recipient: 'a@example.jp'", "add_recipient: { address: 'a@example.jp', arguments: 'NOTIFY=NEVER' }"], "Adds an envelope recipient.", MilterActions.AddRecipients) with { Argument = Address },
        Change("delete_recipient", ["delete_recipient: 'a@example.jp'"], "Takes an envelope recipient away.", MilterActions.DeleteRecipients) with { Argument = Address },
        Change("replace_body", ["replace_body: 'text'"], "Replaces the whole body.", MilterActions.ChangeBody) with { Argument = new TextForm() },
        Change("add_banner", ["add_banner: 'text'", "add_banner: { text: 'text', html: '<p>text</p>' }"], "Adds a text above what people read, in text and HTML parts; signed and encrypted mail is left alone.", BodyAndHead) with { Argument = Added },
        Change("add_footer", ["add_footer: 'text'", "add_footer: { text: 'text', html: '<p>text</p>' }"], "Adds a text below what people read, in text and HTML parts; signed and encrypted mail is left alone.", BodyAndHead) with { Argument = Added },
        new("remember", ["remember: name"], "Written to the memory when the message has been accepted at its end; read by remembered('name').", OfMessage, NoMessage) { Argument = new NameForm("name of a memory") },
        Later("notify"),
    ];

    public static StepEntry? Find(string name)
    {
        foreach (var entry in All)
        {
            if (string.Equals(entry.Name, name, StringComparison.Ordinal))
            {
                return entry;
            }
        }

        return null;
    }

    private static EitherForm Header(KeyTable table) => new(new TextForm("'Name: value'", "^[^:]+:"), new TableForm(table));

    private static StepEntry Verdict(string name, string[] shapes, string text, Phase[] phases, string whyNot, MilterActions actions = MilterActions.None) =>
        new(name, shapes, text, phases, whyNot, actions, IsVerdict: true);

    private static StepEntry Change(string name, string[] shapes, string text, MilterActions actions) =>
        new(name, shapes, text + " Asked for earlier, it is done at eom.", OfMessage, NoMessage, actions);

    private static StepEntry Later(string name) =>
        new(name, [], "Comes in a later version.", Everywhere, string.Empty, IsAvailable: false);
}
