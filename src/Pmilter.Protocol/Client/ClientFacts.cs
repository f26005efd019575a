using System.Text;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Client;

/// <summary>The SMTP client that the MTA presents to the filter.</summary>
/// <param name="HostName">A name, <c>[address]</c> or <c>unknown</c>.</param>
/// <param name="Family">How the address is meant.</param>
/// <param name="Address">Text as sent; not for an unknown family.</param>
/// <param name="Port">Source port.</param>
public sealed record ClientFacts(string HostName, ClientFamily Family, string Address, int Port);

/// <summary>A header field as it stands in the message.</summary>
/// <param name="Name">Up to the colon.</param>
/// <param name="Value">All behind the colon, the leading space too; folded with LF and white space.</param>
public sealed record MailHeader(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Value)
{
    /// <summary>A field with the usual space behind its colon.</summary>
    public static MailHeader Of(string name, string value) => new(MailText.Encode(name), MailText.Encode(" " + value));
}

/// <summary>An envelope address and its ESMTP parameters.</summary>
/// <param name="Address">With angle brackets, as SMTP has it.</param>
/// <param name="Parameters"><c>SIZE=1000</c>, <c>SMTPUTF8</c>; none by default.</param>
public sealed record EnvelopeAddress(string Address, IReadOnlyList<string> Parameters)
{
    public EnvelopeAddress(string address)
        : this(address, [])
    {
    }

    internal byte[] ToBytes()
    {
        var text = new StringBuilder(Address).Append('\0');
        foreach (var parameter in Parameters)
        {
            text.Append(parameter).Append('\0');
        }

        return MailText.Encode(text.ToString());
    }
}

/// <summary>A whole message to be judged.</summary>
public sealed record OutgoingMessage
{
    public required EnvelopeAddress Sender { get; init; }

    public required IReadOnlyList<EnvelopeAddress> Recipients { get; init; }

    public IReadOnlyList<MailHeader> Headers { get; init; } = [];

    /// <summary>Lines ended by CRLF.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The macro <c>i</c>, which Postfix has from DATA on; null for none.</summary>
    public string? QueueId { get; init; }
}

/// <summary>One command and its answer.</summary>
/// <param name="Command">What was sent.</param>
/// <param name="Subject">The address or name of an envelope or connection step; empty otherwise.</param>
/// <param name="Reply">What came back.</param>
public readonly record struct SentStep(CommandCode Command, string Subject, EventReply Reply);

/// <summary>What became of a message.</summary>
/// <param name="Steps">Everything that was sent, in order.</param>
/// <param name="Final">The verdict on the message: at end of message or where it ended before.</param>
/// <param name="Accepted">The recipients that the filter was asked about and did not refuse.</param>
/// <param name="Message">The answer at end of message; null when it was not reached.</param>
public sealed record MessageOutcome(
    IReadOnlyList<SentStep> Steps,
    EventReply Final,
    IReadOnlyList<EnvelopeAddress> Accepted,
    MessageReply? Message);
