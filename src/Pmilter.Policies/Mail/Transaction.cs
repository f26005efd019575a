using Pmilter.Policies.Facts;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Sessions;

namespace Pmilter.Policies.Mail;

/// <summary>
/// What is known so far of one SMTP connection, its current message and the current event. Facts are appended, never rewritten,
/// but for a second HELO. The message is one object, replaced, not cleared, so that nothing leaks into the next.
/// </summary>
public sealed class Transaction(IGeoSource geo, string listener)
{
    /// <summary>The name of the listener that accepted the connection.</summary>
    public string Listener { get; } = listener;

    internal IGeoSource Geo { get; } = geo;

    /// <summary>The phase of the current event.</summary>
    public Phase Phase { get; internal set; }

    /// <summary>The SMTP client and its HELO.</summary>
    public ConnectionFacts Connection { get; private set; } = new();

    /// <summary>The current message; empty before MAIL.</summary>
    public MessageFacts Message { get; private set; } = new();

    /// <summary>The recipient asked about: at rcpt the current one, inside any_rcpt and its like each in turn; else null.</summary>
    public RecipientFacts? Recipient { get; internal set; }

    public void Apply(ConnectCommand command, MacroTable macros) => throw new NotSupportedException();

    public void Apply(HeloCommand command, MacroTable macros) => throw new NotSupportedException();

    /// <summary>Begins a new message.</summary>
    public void Apply(MailCommand command, MacroTable macros) => throw new NotSupportedException();

    /// <summary>Appends a recipient and makes it the current one.</summary>
    public void Apply(RcptCommand command, MacroTable macros) => throw new NotSupportedException();

    public void ApplyData(MacroTable macros) => throw new NotSupportedException();

    /// <summary>Keeps what the policy set reads of the header; beyond the limit values are not kept and headers_truncated says so.</summary>
    public void Apply(HeaderCommand command, MacroTable macros) => throw new NotSupportedException();

    public void ApplyEndOfHeaders(MacroTable macros) => throw new NotSupportedException();

    public void Apply(BodyCommand command, MacroTable macros) => throw new NotSupportedException();

    public void ApplyEndOfMessage(MacroTable macros) => throw new NotSupportedException();

    public void Apply(UnknownCommand command) => throw new NotSupportedException();

    /// <summary>The message is over: by abort, by its end, or by a refusal.</summary>
    public void EndMessage() => throw new NotSupportedException();
}
