namespace Pmilter.Policies.Mail;

/// <summary>The phases of an SMTP session, in order. Unknown, abort and close may come at any time.</summary>
public enum Phase
{
    Connect,
    Helo,
    Mail,
    Rcpt,
    Data,
    Header,
    Eoh,
    Body,
    Eom,
    Unknown,
    Abort,
    Close,
}
