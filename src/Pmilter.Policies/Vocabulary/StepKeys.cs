namespace Pmilter.Policies.Vocabulary;

/// <summary>Keys of steps whose argument may be a mapping.</summary>
public static class StepKeys
{
    private static readonly KeyEntry Name = new("name", new TextForm("header name"), "The header field's name.") { IsRequired = true };
    private static readonly KeyEntry Value = new("value", new TextForm(), "Its value; {field} stands for a field's value.") { IsRequired = true };

    public static KeyTable Greylist { get; } = new(
        "a greylist step",
        new KeyEntry("name", new NameForm("name of a greylist"), "Which greylist is asked.") { IsRequired = true },
        new KeyEntry("reply", new TextForm("text, 4.x.y first"), "What is answered, instead of server.replies.greylist."));

    public static KeyTable AddHeader { get; } = new("an add_header step", Name, Value);

    public static KeyTable InsertHeader { get; } = new("an insert_header step", Name, Value, Index("The place: 0 above the MTA's own Received, 1 below it.", "1"));

    public static KeyTable ChangeHeader { get; } = new(
        "a change_header step",
        Name,
        Value,
        Index("Which field of that name, counted from 1.", "1"),
        Pattern("Instead of an index: every field of that name whose value it matches."));

    public static KeyTable DeleteHeader { get; } = new(
        "a delete_header step",
        new KeyEntry("name", new TextForm("header name"), "The header field's name; 'X-Spam-*': every name that begins so.") { IsRequired = true },
        Index("Which field of that name, counted from 1; left out: all.", string.Empty),
        Pattern("Instead of an index: every such field whose value it matches."));

    public static KeyTable AddedText { get; } = new(
        "a text to add",
        new KeyEntry("text", new TextForm(), "For plain text, and for HTML where no html is given; {field} stands for a field's value.") { IsRequired = true },
        new KeyEntry("html", new TextForm("HTML"), "For HTML; a field's value is escaped in it."));

    public static KeyTable Address { get; } = new(
        "an address",
        new KeyEntry("address", new TextForm("address"), "Without brackets; {field} stands for a field's value.") { IsRequired = true },
        new KeyEntry("arguments", new TextForm("ESMTP arguments"), "Given to the MTA with the address, such as NOTIFY=NEVER."));

    private static KeyEntry Pattern(string meaning) => new("pattern", new NameForm("name of a pattern"), meaning);

    private static KeyEntry Index(string meaning, string standard) => new("index", new IntegerForm(0, int.MaxValue), meaning) { Default = standard };
}
