using Pmilter.Policies.Evaluation;

namespace Pmilter.Policies.Mail;

/// <summary>Facts of the SMTP connection: client, HELO, TLS.</summary>
public sealed class ConnectionFacts
{
    /// <summary>Looked-up facts that live as long as the connection.</summary>
    internal SlotTable Slots { get; } = new();

    /// <summary>Tags, variables and score set at connect and helo; copied into every message.</summary>
    internal Annotations Annotations { get; } = new();
}

/// <summary>Facts of one message, from MAIL on.</summary>
public sealed class MessageFacts
{
    internal SlotTable Slots { get; } = new();

    internal Annotations Annotations { get; init; } = new();

    /// <summary>The recipients in order, refused ones included.</summary>
    public IReadOnlyList<RecipientFacts> Recipients => throw new NotSupportedException();

    /// <summary>How often a header field of that name has been seen, ignoring case (for deleting all of them).</summary>
    public int HeaderCountOf(string name) => throw new NotSupportedException(name);
}

/// <summary>Facts of one recipient.</summary>
public sealed class RecipientFacts
{
    internal SlotTable Slots { get; } = new();

    internal Annotations Annotations { get; init; } = new();

    /// <summary>Refused by us: no longer counted in rcpt_count and not asked by any_rcpt.</summary>
    public bool IsRefusedByPolicy { get; internal set; }

    /// <summary>Refused by the MTA itself (SMFIP_RCPT_REJ): rules and counters skip it unless they say <c>mta_refused: include</c>.</summary>
    public bool IsRefusedByMta { get; internal set; }
}
