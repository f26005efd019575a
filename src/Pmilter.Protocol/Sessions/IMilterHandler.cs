using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;

namespace Pmilter.Protocol.Sessions;

/// <summary>
/// What decides. One handler serves one MTA connection; its methods are called one after the other, never at once.
/// The session owns the socket, the legal order, macros and deadlines; a handler only answers, so that exactly one
/// verdict leaves for each event, by construction.
/// </summary>
/// <remarks>
/// The memory inside a command belongs to the session's buffer and is valid until the returned task completes.
/// An exception out of any method is the session's to catch: it is logged and the configured failure verdict is answered. So it is
/// when a method misses its deadline; the token is cancelled then, and nothing else is called until the method has returned.
/// After a verdict that ends the message (or, at connect and helo, the connection) no event comes until the next begins; a verdict
/// for an event without a reply is kept by the session and answered at the next event that has one.
/// </remarks>
public interface IMilterHandler
{
    /// <summary>Says what is wanted of this connection; called once, when the MTA's offer has come.</summary>
    Requirements Negotiate(Offer offer);

    /// <summary>Tells what was agreed, before the first event.</summary>
    void Negotiated(Agreement agreement);

    /// <summary>SMFIC_CONNECT.</summary>
    ValueTask<Verdict> ConnectAsync(ConnectCommand command, CancellationToken cancellationToken);

    /// <summary>SMFIC_HELO; may come again after STARTTLS, or never.</summary>
    ValueTask<Verdict> HeloAsync(HeloCommand command, CancellationToken cancellationToken);

    /// <summary>SMFIC_MAIL: a transaction begins.</summary>
    ValueTask<Verdict> MailAsync(MailCommand command, CancellationToken cancellationToken);

    /// <summary>SMFIC_RCPT; reject and tempfail concern this recipient only.</summary>
    ValueTask<Verdict> RcptAsync(RcptCommand command, CancellationToken cancellationToken);

    /// <summary>SMFIC_DATA (version 4 and later).</summary>
    ValueTask<Verdict> DataAsync(CancellationToken cancellationToken);

    /// <summary>SMFIC_HEADER, once a header field.</summary>
    ValueTask<Verdict> HeaderAsync(HeaderCommand command, CancellationToken cancellationToken);

    /// <summary>SMFIC_EOH.</summary>
    ValueTask<Verdict> EndOfHeadersAsync(CancellationToken cancellationToken);

    /// <summary>SMFIC_BODY, once a chunk; also for data that came inside SMFIC_BODYEOB.</summary>
    ValueTask<Verdict> BodyAsync(BodyCommand command, CancellationToken cancellationToken);

    /// <summary>SMFIC_BODYEOB: the only event that may change the message. Completes the transaction.</summary>
    ValueTask<MessageVerdict> EndOfMessageAsync(CancellationToken cancellationToken);

    /// <summary>SMFIC_UNKNOWN, in any state; changes none.</summary>
    ValueTask<Verdict> UnknownAsync(UnknownCommand command, CancellationToken cancellationToken);

    /// <summary>
    /// The open transaction ended before its end of message was answered: SMFIC_ABORT, an implicit reset by MAIL or HELO,
    /// or the end of the connection. Called at most once a transaction: never after its end of message was asked, nor after a verdict
    /// of the handler's own that ended the message. Connection and HELO facts stay.
    /// </summary>
    ValueTask AbortAsync();

    /// <summary>The SMTP client's connection ended (SMFIC_QUIT, SMFIC_QUIT_NC, EOF or an error). Called once after any ConnectAsync, last.</summary>
    ValueTask CloseAsync();
}
