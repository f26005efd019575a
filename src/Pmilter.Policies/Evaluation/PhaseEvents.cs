using Pmilter.Policies.Mail;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Evaluation;

/// <summary>The protocol's event of each phase. Abort and close always come and are never answered.</summary>
internal static class PhaseEvents
{
    public static MilterEvents Of(Phase phase) => phase switch
    {
        Phase.Connect => MilterEvents.Connect,
        Phase.Helo => MilterEvents.Helo,
        Phase.Mail => MilterEvents.Mail,
        Phase.Rcpt => MilterEvents.Rcpt,
        Phase.Data => MilterEvents.Data,
        Phase.Header => MilterEvents.Header,
        Phase.Eoh => MilterEvents.EndOfHeaders,
        Phase.Body => MilterEvents.Body,
        Phase.Eom => MilterEvents.EndOfMessage,
        Phase.Unknown => MilterEvents.Unknown,
        _ => MilterEvents.None,
    };
}
