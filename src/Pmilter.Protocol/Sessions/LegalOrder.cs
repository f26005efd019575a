using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Wire;
using static Pmilter.Protocol.Wire.CommandCode;

namespace Pmilter.Protocol.Sessions;

/// <summary>
/// Which command may follow in which state: libmilter's table (engine.c, next_states). ABORT, UNKNOWN, MACRO, QUIT and QUIT_NC
/// may come at any time and are not in it.
/// </summary>
internal static class LegalOrder
{
    private static readonly Row[] Rows =
    [
        After(SessionState.Start, Negotiate),
        After(SessionState.Negotiated, Connect),
        After(SessionState.Connected, Helo, Mail),
        After(SessionState.Greeted, Helo, Mail),
        After(SessionState.Mail, Rcpt),
        After(SessionState.Rcpt, Rcpt, Data, Header, EndOfHeaders, Body, EndOfMessage),
        After(SessionState.Data, Header, EndOfHeaders),
        After(SessionState.Headers, Header, EndOfHeaders),
        After(SessionState.EndOfHeaders, Body, EndOfMessage),
        After(SessionState.Body, Body, EndOfMessage),
    ];

    /// <summary>Whether a command may come now. A state whose own event the MTA does not send is passed over.</summary>
    public static bool Allows(SessionState state, CommandCode command, MilterEvents sent)
    {
        for (var i = (int)state; i < Rows.Length; i++)
        {
            // A message may have no header field at all, so that command is never waited for.
            if (i > (int)state && Rows[i].State != SessionState.Headers && sent.Has(EventOf(Rows[i].State)))
            {
                return false;
            }

            if (Rows[i].Next.Contains(command))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The state that a command leads to.</summary>
    public static SessionState StateAfter(CommandCode command) => command switch
    {
        Connect => SessionState.Connected,
        Helo => SessionState.Greeted,
        Mail => SessionState.Mail,
        Rcpt => SessionState.Rcpt,
        Data => SessionState.Data,
        Header => SessionState.Headers,
        EndOfHeaders => SessionState.EndOfHeaders,
        Body => SessionState.Body,
        EndOfMessage => SessionState.EndOfMessage,
        _ => throw new ArgumentOutOfRangeException(nameof(command), command, "Changes no state."),
    };

    /// <summary>Whether a transaction is open.</summary>
    public static bool IsInMessage(SessionState state) => state is >= SessionState.Mail and <= SessionState.EndOfMessage;

    private static MilterEvents EventOf(SessionState state) => state switch
    {
        SessionState.Connected => MilterEvents.Connect,
        SessionState.Greeted => MilterEvents.Helo,
        SessionState.Mail => MilterEvents.Mail,
        SessionState.Rcpt => MilterEvents.Rcpt,
        SessionState.Data => MilterEvents.Data,
        SessionState.Headers => MilterEvents.Header,
        SessionState.EndOfHeaders => MilterEvents.EndOfHeaders,
        SessionState.Body => MilterEvents.Body,
        _ => MilterEvents.All,
    };

    private static Row After(SessionState state, params CommandCode[] next) => new(state, next);

    private readonly record struct Row(SessionState State, CommandCode[] Next);
}
