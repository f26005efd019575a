namespace Pmilter.Protocol.Sessions;

/// <summary>How far a session has come (libmilter's ST_). The order is the order of SMTP.</summary>
public enum SessionState
{
    /// <summary>Nothing but the negotiation may come.</summary>
    Start,

    /// <summary>Agreed, or SMFIC_QUIT_NC: a client may connect.</summary>
    Negotiated,

    Connected,

    /// <summary>HELO was given, or a message has ended.</summary>
    Greeted,

    Mail,

    Rcpt,

    Data,

    Headers,

    EndOfHeaders,

    Body,

    EndOfMessage,
}
