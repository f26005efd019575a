using System.Net;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Transports;

namespace Pmilter.Load;

/// <summary>One load: how many messages, how, and what they look like.</summary>
internal sealed record LoadOptions
{
    public required MilterAddress Target { get; init; }

    /// <summary>MTA processes working at once.</summary>
    public required int Connections { get; init; }

    /// <summary>Messages in all.</summary>
    public required int Messages { get; init; }

    /// <summary>Messages before a connection quits and a new one is made.</summary>
    public required int PerConnection { get; init; }

    public required int Recipients { get; init; }

    public required int Headers { get; init; }

    public required int BodyBytes { get; init; }

    /// <summary>Different client addresses, counted up from the start of <see cref="ClientNet"/>.</summary>
    public required int Clients { get; init; }

    /// <summary>IPv4; what the filter makes of a client may depend on where it is.</summary>
    public required IPNetwork ClientNet { get; init; }

    /// <summary>Different sender addresses.</summary>
    public required int Senders { get; init; }

    /// <summary>Different logins; every connection that begins with an even number has one. 0 for none.</summary>
    public int Logins { get; init; }

    /// <summary>What the MTA can do; Postfix's by default.</summary>
    public Offer Offer { get; init; } = Offer.Postfix;

    /// <summary>Each reply is timed too, by the command that it answers.</summary>
    public bool TimesPhases { get; init; }

    /// <summary>The filter's process, for its CPU time and memory; 0 for none.</summary>
    public required int ProcessId { get; init; }
}
