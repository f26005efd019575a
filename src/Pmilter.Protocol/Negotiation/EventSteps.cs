using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Negotiation;

/// <summary>What is known of an event: its command, the bits that decline and silence it, and the version that brought it.</summary>
internal readonly record struct EventSteps(MilterEvents Event, CommandCode Command, MilterSteps Decline, MilterSteps NoReply, int Since)
{
    /// <summary>Every event that can be declined; end of message cannot.</summary>
    public static readonly EventSteps[] All =
    [
        new(MilterEvents.Connect, CommandCode.Connect, MilterSteps.NoConnect, MilterSteps.NoReplyConnect, 2),
        new(MilterEvents.Helo, CommandCode.Helo, MilterSteps.NoHelo, MilterSteps.NoReplyHelo, 2),
        new(MilterEvents.Mail, CommandCode.Mail, MilterSteps.NoMail, MilterSteps.NoReplyMail, 2),
        new(MilterEvents.Rcpt, CommandCode.Rcpt, MilterSteps.NoRcpt, MilterSteps.NoReplyRcpt, 2),
        new(MilterEvents.Data, CommandCode.Data, MilterSteps.NoData, MilterSteps.NoReplyData, 4),
        new(MilterEvents.Header, CommandCode.Header, MilterSteps.NoHeaders, MilterSteps.NoReplyHeader, 2),
        new(MilterEvents.EndOfHeaders, CommandCode.EndOfHeaders, MilterSteps.NoEndOfHeaders, MilterSteps.NoReplyEndOfHeaders, 2),
        new(MilterEvents.Body, CommandCode.Body, MilterSteps.NoBody, MilterSteps.NoReplyBody, 2),
        new(MilterEvents.Unknown, CommandCode.Unknown, MilterSteps.NoUnknown, MilterSteps.NoReplyUnknown, 3),
    ];

    /// <summary>The event that a command is; none for those that are not events.</summary>
    public static MilterEvents EventOf(CommandCode command) => command switch
    {
        CommandCode.Connect => MilterEvents.Connect,
        CommandCode.Helo => MilterEvents.Helo,
        CommandCode.Mail => MilterEvents.Mail,
        CommandCode.Rcpt => MilterEvents.Rcpt,
        CommandCode.Data => MilterEvents.Data,
        CommandCode.Header => MilterEvents.Header,
        CommandCode.EndOfHeaders => MilterEvents.EndOfHeaders,
        CommandCode.Body => MilterEvents.Body,
        CommandCode.EndOfMessage => MilterEvents.EndOfMessage,
        CommandCode.Unknown => MilterEvents.Unknown,
        _ => MilterEvents.None,
    };
}
