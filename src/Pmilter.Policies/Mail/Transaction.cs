using Pmilter.Policies.Authentication;
using Pmilter.Policies.Facts;
using Pmilter.Policies.Mail.Content;
using Pmilter.Policies.Mail.Headers;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Wire;

namespace Pmilter.Policies.Mail;

/// <summary>
/// What is known so far of one SMTP connection, its current message and the current event. Facts are appended, never rewritten,
/// but for a second HELO. The message is one object, replaced, not cleared, so that nothing leaks into the next.
/// </summary>
public sealed class Transaction(IGeoSource geo, string listener)
{
    private readonly MessageFacts _none = new();
    private MessageFacts? _message;
    private MacroTable? _macros;

    /// <summary>The name of the listener that accepted the connection.</summary>
    public string Listener { get; } = listener;

    /// <summary><c>content.headers_limit</c>: values of headers beyond so many bytes are not kept.</summary>
    public long HeadersLimitBytes { get; set; } = 1_000_000;

    /// <summary>Of bodies up to so many bytes the whole is kept; 0 for none.</summary>
    public long KeptBodyBytes { get; set; }

    /// <summary>The headers whose values are kept: what the policy set reads.</summary>
    public WantedHeaders WantedHeaders { get; set; } = WantedHeaders.None;

    /// <summary>What of messages' contents is read; nothing unless the policy set asks.</summary>
    public ContentNeeds ContentNeeds { get; set; }

    /// <summary><c>content</c>: how much of it.</summary>
    public ContentLimits ContentLimits { get; set; } = ContentLimits.Default;

    /// <summary><c>auth.check</c>: messages are checked by ourselves.</summary>
    public bool ChecksAuthentication { get; set; }

    /// <summary>SMFIP_HDR_LEADSPC was agreed on: header values begin right behind the colon.</summary>
    public bool HasLeadingSpace { get; set; }

    internal IGeoSource Geo { get; } = geo;

    /// <summary>Where the client is; looked up once a connection.</summary>
    public GeoPlace ClientPlace => Connection.Client.Place(Geo);

    /// <summary>The phase of the current event; the engine sets abort and close.</summary>
    public Phase Phase { get; internal set; }

    /// <summary>The SMTP client and its HELO.</summary>
    public ConnectionFacts Connection { get; private set; } = new();

    /// <summary>The current message; empty before MAIL.</summary>
    public MessageFacts Message => _message ?? _none;

    /// <summary>Whether a message is under way.</summary>
    public bool IsInMessage { get; private set; }

    /// <summary>The recipient asked about: at rcpt the current one, inside any_rcpt and its like each in turn; else null.</summary>
    public RecipientFacts? Recipient { get; internal set; }

    /// <summary>The part asked about, inside any_part and its like; else null.</summary>
    internal ContentPart? Part { get; set; }

    /// <summary>The field of the current header event; empty outside.</summary>
    internal CurrentHeader Header { get; } = new();

    /// <summary>The body chunk of the running event, empty outside. Its bytes belong to the session.</summary>
    internal ReadOnlyMemory<byte> Chunk { get; private set; }

    internal int ChunkBytes { get; private set; }

    internal double ChunkOffset { get; private set; }

    internal string SmtpCommand { get; private set; } = string.Empty;

    /// <summary>What the current scope reads and writes: the recipient's at rcpt, the message's, the connection's before MAIL.</summary>
    internal Annotations Annotations => Recipient?.Annotations ?? (IsInMessage ? Message.Annotations : Connection.Annotations);

    internal string Origin =>
        Connection.Client.IsLocal ? "local" : Connection.Client.IsSubmission || Message.Sender.IsAuthenticated ? "submission" : "smtp";

    public void Apply(ConnectCommand command, MacroTable macros)
    {
        Connection = new ConnectionFacts { Client = ClientFacts.From(command, macros) };
        EndMessage();
        Enter(Phase.Connect, macros);
    }

    /// <summary>Replaces the facts of an earlier HELO, and what rules made of them.</summary>
    public void Apply(HeloCommand command, MacroTable macros)
    {
        Connection.BeginHelo();
        Connection.Helo = HeloFacts.From(command, macros);
        Enter(Phase.Helo, macros);
    }

    /// <summary>Begins a new message.</summary>
    public void Apply(MailCommand command, MacroTable macros)
    {
        if (ReferenceEquals(Connection.Helo, HeloFacts.None))
        {
            Connection.Helo = HeloFacts.Of(string.Empty, macros);
        }

        Begin(SenderFacts.From(command, macros));
        Enter(Phase.Mail, macros);
    }

    /// <summary>Appends a recipient and makes it the current one.</summary>
    public void Apply(RcptCommand command, MacroTable macros)
    {
        EnterMessage(Phase.Rcpt, macros);
        var isRefused = macros["rcpt_mailer"] is "error";
        Recipient = new RecipientFacts
        {
            Argument = MailText.Decode(command.Recipient.Span),
            MacroAddress = macros["rcpt_addr"] ?? string.Empty,
            Number = Message.Recipients.Count + 1,
            IsRefusedByMta = isRefused,
            Error = isRefused ? $"{macros["rcpt_host"]} {macros["rcpt_addr"]}".Trim() : string.Empty,
            Inherited = Message.CopyAnnotations(),
        };
        Message.Add(Recipient);
    }

    public void ApplyData(MacroTable macros) => EnterMessage(Phase.Data, macros);

    /// <summary>Keeps what the policy set reads of the header; beyond the limit values are not kept and headers_truncated says so.</summary>
    public void Apply(HeaderCommand command, MacroTable macros)
    {
        EnterMessage(Phase.Header, macros);
        Header.Set(command.Name, command.Value);
        if (WantedHeaders.Needs(command.Name.Span))
        {
            Message.Headers.Add(Header.Name, command.Value.Span, WantedHeaders, HeadersLimitBytes);
        }
        else
        {
            Message.Headers.Pass(command.Name.Length, command.Value.Span, HeadersLimitBytes);
        }

        Feed()?.Header(Header.Name, command.Value.Span);
        Check?.Header(MailText.Decode(command.Name.Span), command.Value.Span, HasLeadingSpace);
    }

    public void ApplyEndOfHeaders(MacroTable macros) => EnterMessage(Phase.Eoh, macros);

    public void Apply(BodyCommand command, MacroTable macros)
    {
        EnterMessage(Phase.Body, macros);
        ChunkOffset = Message.BodyBytes;
        ChunkBytes = command.Chunk.Length;
        Chunk = command.Chunk;
        Message.BodyBytes += ChunkBytes;
        Feed()?.Body(Chunk);
        Check?.Body(Chunk.Span);
        if (KeptBodyBytes > 0)
        {
            Message.Body.Add(Chunk.Span, KeptBodyBytes);
        }
    }

    public void ApplyEndOfMessage(MacroTable macros)
    {
        EnterMessage(Phase.Eom, macros);
        if (Feed() is { } feed)
        {
            Message.Content = feed.Complete();
            Message.Feed = null;
        }
    }

    /// <summary>At the end of a message whose content is not here but in a record: what was known of it then.</summary>
    public void ApplyRecorded(MessageContent content) => Message.Content = content;

    /// <summary>Changes no other fact: it may come in any state.</summary>
    public void Apply(UnknownCommand command)
    {
        Enter(Phase.Unknown, _macros);
        SmtpCommand = MailText.Decode(command.Line.Span).Trim();
    }

    /// <summary>The message is over: by abort, by its end, or by a refusal.</summary>
    public void EndMessage()
    {
        Recipient = null;
        Header.Clear();
        if (IsInMessage)
        {
            Message.Check?.Dispose();
            _message = null;
            IsInMessage = false;
        }
    }

    /// <summary>A macro in force now; empty when the MTA has not sent it.</summary>
    internal string Macro(string name) => _macros?[name] ?? string.Empty;

    /// <summary>Null where it is off, or the message is not due for it.</summary>
    internal MessageCheck? Check =>
        ChecksAuthentication && IsInMessage && MessageCheck.IsDue(this) ? Message.Check ??= new MessageCheck(HeadersLimitBytes) : null;

    /// <summary>Null where nobody asks.</summary>
    private ContentFeed? Feed() => ContentNeeds == ContentNeeds.None ? null : Message.Feed ??= new ContentFeed(ContentNeeds, ContentLimits);

    private void Begin(SenderFacts sender)
    {
        Message.Check?.Dispose();
        _message = new MessageFacts { Sender = sender, Inherited = Annotations.CopyOf(Connection.Annotations) };
        IsInMessage = true;
    }

    /// <summary>MAIL itself is not sent where no rule needs it: the message begins with its first event.</summary>
    private void EnterMessage(Phase phase, MacroTable macros)
    {
        if (!IsInMessage)
        {
            Begin(SenderFacts.None);
        }

        Enter(phase, macros);
    }

    private void Enter(Phase phase, MacroTable? macros)
    {
        _macros = macros;
        Phase = phase;
        Recipient = null;
        Chunk = ReadOnlyMemory<byte>.Empty;
        SmtpCommand = string.Empty;
        Header.Clear();
        if (IsInMessage && Message.QueueId.Length == 0 && macros?["i"] is { Length: > 0 } queueId)
        {
            Message.QueueId = queueId;
        }
    }
}
