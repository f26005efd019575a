using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Binding.Catalogs;

/// <summary>Fields of the message: envelope, headers, body, and of the single events that carry them.</summary>
internal static class MessageFields
{
    public static IReadOnlyList<Field> All { get; } =
    [
        NewField.Text("mail_from", Phase.Mail, MilterEvents.Mail, "Envelope sender without brackets; '' for the null sender.", static c => Sender(c).Address.Text) with { IsSender = true },
        NewField.Text("mail_from_user", Phase.Mail, MilterEvents.Mail, "Its local part.", static c => Sender(c).Address.User) with { IsSender = true },
        NewField.Text("mail_from_domain", Phase.Mail, MilterEvents.Mail, "Its domain, lower case, as A-labels.", static c => Sender(c).Address.Domain) with { IsSender = true },
        NewField.Text("mail_from_base", Phase.Mail, MilterEvents.Mail, "The sender without the tags of VERP, SRS and BATV.", static c => Sender(c).BaseAddress) with { IsSender = true },
        NewField.Bool("is_bounce", Phase.Mail, MilterEvents.Mail, "The sender is the null sender.", static c => Sender(c).IsBounce),
        NewField.Number("declared_size", Phase.Mail, MilterEvents.Mail, "SIZE= of MAIL in bytes; 0 when not given.", static c => Sender(c).Parameters.DeclaredSize),
        NewField.Bool("smtputf8", Phase.Mail, MilterEvents.Mail, "The message was announced with SMTPUTF8.", static c => Sender(c).Parameters.IsSmtpUtf8),
        NewField.Text("sasl_login", Phase.Mail, MilterEvents.Mail, "Who has logged in.", static c => Sender(c).Login),
        NewField.Text("sasl_author", Phase.Mail, MilterEvents.Mail, "AUTH= of MAIL.", static c => Sender(c).Author),
        NewField.Text("sasl_method", Phase.Mail, MilterEvents.Mail, "How: 'PLAIN'.", static c => Sender(c).Method),
        NewField.Bool("authenticated", Phase.Mail, MilterEvents.Mail, "The client has logged in.", static c => Sender(c).IsAuthenticated),
        NewField.Text("mailer", Phase.Mail, MilterEvents.Mail, "The MTA's mailer or transport for the sender.", static c => Sender(c).Mailer),

        Recipient(NewField.Text("rcpt_to", Phase.Rcpt, MilterEvents.Rcpt, "Envelope recipient without brackets.", static c => Address(c).Text)),
        Recipient(NewField.Text("rcpt_to_user", Phase.Rcpt, MilterEvents.Rcpt, "Its local part.", static c => Address(c).User)),
        Recipient(NewField.Text("rcpt_to_domain", Phase.Rcpt, MilterEvents.Rcpt, "Its domain, lower case, as A-labels.", static c => Address(c).Domain)),
        Recipient(NewField.Text("rcpt_to_base", Phase.Rcpt, MilterEvents.Rcpt, "The recipient without +tag.", static c => c.Transaction.Recipient?.BaseAddress ?? string.Empty)),
        Recipient(NewField.Number("rcpt_number", Phase.Rcpt, MilterEvents.Rcpt, "1 for the message's first recipient, refused ones counted.", static c => c.Transaction.Recipient?.Number ?? 0)),
        Recipient(NewField.Bool("rcpt_refused", Phase.Rcpt, MilterEvents.Rcpt, "The MTA itself refuses this recipient.", static c => c.Transaction.Recipient?.IsRefusedByMta ?? false)) with { ReadsMtaRefused = true },
        Recipient(NewField.Text("rcpt_error", Phase.Rcpt, MilterEvents.Rcpt, "The MTA's words of refusal, enhanced code first.", static c => c.Transaction.Recipient?.Error ?? string.Empty)) with { ReadsMtaRefused = true },

        NewField.Text("queue_id", Phase.Data, MilterEvents.Mail, "The MTA's queue id; '' until the MTA has told it.", static c => c.Transaction.Message.QueueId),
        NewField.Number("rcpt_count", Phase.Data, MilterEvents.Rcpt, "Recipients that nobody refused.", static c => c.Transaction.Message.AcceptedRecipients),

        NewField.Text("header_name", Phase.Header, MilterEvents.Header, "Name of this header field.", static c => c.Transaction.Header.Name) with { IsOnly = true },
        NewField.Text("header_value", Phase.Header, MilterEvents.Header, "Its value, unfolded and decoded.", static c => c.Transaction.Header.Value) with { IsOnly = true },
        NewField.Text("header_raw", Phase.Header, MilterEvents.Header, "Its value as sent, leading space included where the MTA offers that.", static c => c.Transaction.Header.Raw) with { IsOnly = true, ReadsLeadingSpace = true },

        NewField.Text("header_from", Phase.Eoh, MilterEvents.Header, "First address of From; the raw value when it has none.", static c => c.Transaction.Message.Headers.From.Address) with { Header = "from" },
        NewField.Text("header_from_name", Phase.Eoh, MilterEvents.Header, "Its display name, decoded.", static c => c.Transaction.Message.Headers.From.Name) with { Header = "from" },
        NewField.Text("header_from_domain", Phase.Eoh, MilterEvents.Header, "Its domain, lower case, as A-labels.", static c => c.Transaction.Message.Headers.From.Domain) with { Header = "from" },
        NewField.Text("header_to", Phase.Eoh, MilterEvents.Header, "Addresses of To, separated by ', '.", static c => c.Transaction.Message.Headers.To) with { Header = "to" },
        NewField.Text("reply_to", Phase.Eoh, MilterEvents.Header, "First address of Reply-To.", static c => c.Transaction.Message.Headers.ReplyTo.Address) with { Header = "reply-to" },
        NewField.Text("subject", Phase.Eoh, MilterEvents.Header, "Subject, decoded.", static c => c.Transaction.Message.Headers.Value("subject")) with { Header = "subject" },
        NewField.Text("message_id", Phase.Eoh, MilterEvents.Header, "Message-ID with its brackets.", static c => c.Transaction.Message.Headers.Value("message-id")) with { Header = "message-id" },
        NewField.Number("header_count", Phase.Eoh, MilterEvents.Header, "Number of header fields.", static c => c.Transaction.Message.Headers.Count),
        NewField.Bool("headers_truncated", Phase.Eoh, MilterEvents.Header, "Values were not kept, for they lie beyond content.headers_limit.", static c => c.Transaction.Message.Headers.IsTruncated),

        NewField.Number("body_chunk_size", Phase.Body, MilterEvents.Body, "Bytes of this chunk.", static c => c.Transaction.ChunkBytes) with { IsOnly = true },
        NewField.Number("body_offset", Phase.Body, MilterEvents.Body, "Bytes of the body before this chunk.", static c => c.Transaction.ChunkOffset) with { IsOnly = true },
        NewField.Number("size", Phase.Eom, MilterEvents.Header | MilterEvents.Body, "Bytes of headers and body as the MTA showed them.", static c => c.Transaction.Message.Bytes),
        NewField.Number("body_size", Phase.Eom, MilterEvents.Body, "Bytes of the body.", static c => c.Transaction.Message.BodyBytes),
        new LookupField("dmarc_policy", Phase.Eom, "What the domain of From asks for mail that fails its DMARC: 'none', 'quarantine', 'reject'; '' where it has no DMARC record. Needs auth.check.", AuthenticationBinding.Policy, ValueType.Text)
        {
            Events = MilterEvents.Mail,
            Values = [string.Empty, "none", "quarantine", "reject"],
        },
        NewField.Text("smtp_command", Phase.Unknown, MilterEvents.Unknown, "The command that the MTA did not know (Postfix: its verb).", static c => c.Transaction.SmtpCommand) with { IsOnly = true },
    ];

    private static Field Recipient(Field field) => field with { IsOnly = true };

    private static SenderFacts Sender(EvaluationContext context) => context.Transaction.Message.Sender;

    private static EnvelopeAddress Address(EvaluationContext context) => context.Transaction.Recipient?.Address ?? EnvelopeAddress.Empty;
}
