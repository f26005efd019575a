using Pmilter.Policies.Authentication;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail.Bodies;
using Pmilter.Policies.Mail.Content;
using Pmilter.Policies.Mail.Headers;

namespace Pmilter.Policies.Mail;

/// <summary>Facts of the SMTP connection: client, HELO, TLS.</summary>
public sealed class ConnectionFacts
{
    public ClientFacts Client { get; internal set; } = ClientFacts.Unknown;

    public HeloFacts Helo { get; internal set; } = HeloFacts.None;

    /// <summary>Looked-up facts that live as long as the connection.</summary>
    internal SlotTable Slots { get; } = new();

    private Annotations? _beforeHelo;
    private bool _hasGreeted;

    /// <summary>Tags, variables and score set at connect and helo; copied into every message.</summary>
    internal Annotations Annotations { get; private set; } = new();

    /// <summary>What rules set for an earlier HELO goes with it (STARTTLS brings a second one); what they set at connect stays.</summary>
    internal void BeginHelo()
    {
        if (_hasGreeted)
        {
            Annotations = _beforeHelo?.Copy() ?? new Annotations();
            return;
        }

        _hasGreeted = true;
        _beforeHelo = Annotations.IsEmpty ? null : Annotations.Copy();
    }
}

/// <summary>Facts of one message, from MAIL on.</summary>
public sealed class MessageFacts
{
    private readonly List<RecipientFacts> _recipients = new(1);
    private AuthenticationFacts? _authentication;
    private Annotations? _annotations;
    private KeptBody? _body;
    private SlotTable? _slots;

    public SenderFacts Sender { get; internal init; } = SenderFacts.None;

    /// <summary>Empty until the MTA has told it (Postfix: after the first accepted recipient).</summary>
    public string QueueId { get; internal set; } = string.Empty;

    /// <summary>The recipients in order, refused ones included.</summary>
    public IReadOnlyList<RecipientFacts> Recipients => _recipients;

    /// <summary>Recipients that neither we nor the MTA refused.</summary>
    public int AcceptedRecipients
    {
        get
        {
            var count = 0;
            foreach (var recipient in _recipients)
            {
                count += recipient.IsRefused ? 0 : 1;
            }

            return count;
        }
    }

    public double BodyBytes { get; internal set; }

    /// <summary>Headers, the empty line and the body, as far as the MTA has shown them: its own Received is not in it.</summary>
    public double Bytes => Headers.Bytes + 2 + BodyBytes;

    internal HeaderFacts Headers { get; } = new();

    /// <summary>The parts; known at the end of the message, and only where somebody asks.</summary>
    public MessageContent Content { get; internal set; } = MessageContent.None;

    /// <summary>Where the message goes by; null where nobody asks.</summary>
    internal ContentFeed? Feed { get; set; }

    /// <summary>Our own check; null where it is off or the message is not due for it.</summary>
    internal MessageCheck? Check { get; set; }

    /// <summary>Empty where no rule rewrites it.</summary>
    internal KeptBody Body => _body ??= new KeptBody();

    internal SlotTable Slots => _slots ??= new SlotTable();

    internal Annotations Annotations => _annotations ??= new Annotations();

    /// <summary>What it begins with; null for nothing.</summary>
    internal Annotations? Inherited
    {
        init => _annotations = value;
    }

    /// <summary>How often a header field of that name has been seen, ignoring case (for deleting all of them).</summary>
    public int HeaderCountOf(string name) => Headers.CountOf(name);

    /// <summary>Read once a message, from the end of its headers on.</summary>
    internal AuthenticationFacts Authentication(IReadOnlySet<string> trusted) => _authentication ??= AuthenticationFacts.Read(Headers, trusted);

    /// <summary>What a recipient begins with; null for nothing.</summary>
    internal Annotations? CopyAnnotations() => Annotations.CopyOf(_annotations);

    internal void Add(RecipientFacts recipient) => _recipients.Add(recipient);

    /// <summary>For loops in nodes, which must not box an enumerator.</summary>
    internal RecipientFacts RecipientAt(int index) => _recipients[index];
}

/// <summary>Facts of one recipient.</summary>
public sealed class RecipientFacts
{
    private EnvelopeAddress? _address;
    private Annotations? _annotations;
    private SlotTable? _slots;
    private string? _base;

    public EnvelopeAddress Address => _address ??= EnvelopeAddress.Parse(Argument, out _);

    /// <summary>argv[0] of RCPT as the client gave it: what a deletion must name.</summary>
    public string Argument { get; internal init; } = string.Empty;

    /// <summary>The macro <c>{rcpt_addr}</c> of RCPT; empty when the MTA did not send it.</summary>
    public string MacroAddress { get; internal init; } = string.Empty;

    /// <summary>1 for the message's first.</summary>
    public int Number { get; internal init; }

    /// <summary>Refused by us: no longer counted in rcpt_count and not asked by any_rcpt.</summary>
    public bool IsRefusedByPolicy { get; internal set; }

    /// <summary>Refused by the MTA itself (SMFIP_RCPT_REJ): rules and counters skip it unless they say <c>mta_refused: include</c>.</summary>
    public bool IsRefusedByMta { get; internal set; }

    /// <summary>The MTA's words of refusal, its enhanced code first; else empty.</summary>
    public string Error { get; internal init; } = string.Empty;

    public bool IsRefused => IsRefusedByPolicy || IsRefusedByMta;

    /// <summary>Without <c>+tag</c>.</summary>
    public string BaseAddress => _base ??= SenderBase.WithoutTag(Address);

    internal SlotTable Slots => _slots ??= new SlotTable();

    internal Annotations Annotations => _annotations ??= new Annotations();

    /// <summary>What it begins with; null for nothing.</summary>
    internal Annotations? Inherited
    {
        init => _annotations = value;
    }
}
