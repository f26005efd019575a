using Pmilter.Policies.Vocabulary;

namespace Pmilter.Rehearsal;

/// <summary>Keys of a message in a test file: the names of the fields that an MTA tells, and what the message consists of.</summary>
internal static class SampleKeys
{
    public static (string Word, string Value)[] Origins { get; } = [("smtp", "smtp"), ("submission", "submission"), ("local", "local")];

    public static EitherForm Texts { get; } = new(new TextForm(), new ListForm(new TextForm()));

    public static KeyTable Attachment { get; } = new(
        "an attachment",
        Text("name", "Its file name."),
        Text("type", "Its content type.") with { Default = "application/octet-stream" },
        Text("disposition", "How it is to be shown: attachment, inline, or '' for nothing said.") with { Default = "attachment" },
        new KeyEntry("size", new SizeForm(0, 64L * 1024 * 1024), "Its bytes, all of them zero."),
        Text("text", "What it contains, as text."),
        new KeyEntry("entries", new ListForm(new TextForm("file name")), "It is a zip archive of files with these names."),
        new KeyEntry("encrypted", new BoolForm(), "Whether these files need a password.") { Default = "false" });

    private static readonly EitherForm Addresses = new(new TextForm("address"), new ListForm(new TextForm("address")));

    public static KeyTable Message { get; } = new(
        "a message",
        Text("client_ip", "The SMTP client's address; 'unix' for none."),
        new KeyEntry("client_port", new IntegerForm(0, 65535), "Its source port."),
        Text("client_name", "Its verified host name."),
        Text("client_ptr", "The host name that its address claims."),
        Text("client_country", "ISO 3166 code, such as 'RU'; country data are not asked.") with { Default = "ZZ" },
        Text("client_continent", "Two letters, such as 'EU'."),
        new KeyEntry("client_asn", new IntegerForm(0, int.MaxValue), "Number of its autonomous system."),
        Text("client_as_org", "Holder of the autonomous system."),
        new KeyEntry("origin", ChoiceForm.Of(Origins), "Which way the message comes in."),
        Text("listener", "Name of the listener that the MTA uses."),
        Text("daemon_name", "Name of the MTA's daemon."),
        Text("my_hostname", "The MTA's own name."),
        Text("helo", "The HELO or EHLO name."),
        Text("tls_version", "Such as 'TLSv1.3'."),
        Text("tls_cipher", "Name of the cipher."),
        Text("tls_bits", "Its bits."),
        Text("tls_subject", "Subject of the client's certificate."),
        Text("tls_issuer", "Issuer of the client's certificate."),
        Text("mail_from", "Envelope sender; '' is the null sender."),
        new KeyEntry("declared_size", new SizeForm(0, 1L << 40), "SIZE= of MAIL."),
        new KeyEntry("smtputf8", new BoolForm(), "Whether SMTPUTF8 was asked for."),
        new KeyEntry("mail_params", new ListForm(new TextForm("BODY=8BITMIME")), "Other ESMTP parameters of MAIL."),
        Text("sasl_login", "The login name; '' takes it back."),
        Text("sasl_author", "The SASL sender."),
        Text("sasl_method", "The SASL method; PLAIN where a login is given."),
        Text("mailer", "The MTA's mailer for the sender."),
        new KeyEntry("rcpt_to", Addresses, "Envelope recipients; 'u{1..600}@example.jp' stands for six hundred."),
        new KeyEntry("mta_refused", Addresses, "Recipients that the MTA itself refuses."),
        Text("queue_id", "The MTA's queue id."),
        new KeyEntry("headers", new MapForm(Texts, HasAnyKey: true), "Header fields; a list is several of one name."),
        Text("body", "The body, as text."),
        new KeyEntry("attachments", new ListForm(new EitherForm(new TextForm("file name"), new TableForm(Attachment))), "Files that come with the body, by name or in full."),
        new KeyEntry("facts", new MapForm(new EitherForm(new TextForm("text or 'timeout'"), new BoolForm()), HasAnyKey: true), "Answers of look-ups: { \"dnsbl('zen.example')\": '127.0.0.2', fcrdns: false }; timeout: it fails."),
        new KeyEntry("macros", new MapForm(new TextForm(), HasAnyKey: true), "Further macros of the MTA."));

    private static KeyEntry Text(string name, string meaning) => new(name, new TextForm(), meaning);
}
