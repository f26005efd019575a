using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Negotiation;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Tests.Kit;

/// <summary>Answers by a function; notes what it was asked.</summary>
internal sealed class ScriptedHandler : IMilterHandler
{
    public Requirements Requirements { get; init; } = new() { Actions = MilterActions.All, Events = MilterEvents.All, Replies = MilterEvents.All };

    public Func<CommandCode, CancellationToken, ValueTask<Verdict>> Decide { get; init; } = (_, _) => new(Verdict.Continue);

    public Func<CancellationToken, ValueTask<MessageVerdict>> DecideMessage { get; init; } = _ => new(MessageVerdict.Continue);

    public List<string> Calls { get; } = [];

    public Agreement? Agreement { get; private set; }

    public Requirements Negotiate(Offer offer) => Requirements;

    public void Negotiated(Agreement agreement) => Agreement = agreement;

    public ValueTask<Verdict> ConnectAsync(ConnectCommand command, CancellationToken cancellationToken) =>
        Note(CommandCode.Connect, MailText.Decode(command.HostName.Span), cancellationToken);

    public ValueTask<Verdict> HeloAsync(HeloCommand command, CancellationToken cancellationToken) =>
        Note(CommandCode.Helo, MailText.Decode(command.Name.Span), cancellationToken);

    public ValueTask<Verdict> MailAsync(MailCommand command, CancellationToken cancellationToken) =>
        Note(CommandCode.Mail, MailText.Decode(command.Sender.Span), cancellationToken);

    public ValueTask<Verdict> RcptAsync(RcptCommand command, CancellationToken cancellationToken) =>
        Note(CommandCode.Rcpt, MailText.Decode(command.Recipient.Span), cancellationToken);

    public ValueTask<Verdict> DataAsync(CancellationToken cancellationToken) => Note(CommandCode.Data, "", cancellationToken);

    public ValueTask<Verdict> HeaderAsync(HeaderCommand command, CancellationToken cancellationToken) =>
        Note(CommandCode.Header, $"{MailText.Decode(command.Name.Span)}:{MailText.Decode(command.Value.Span)}", cancellationToken);

    public ValueTask<Verdict> EndOfHeadersAsync(CancellationToken cancellationToken) => Note(CommandCode.EndOfHeaders, "", cancellationToken);

    public ValueTask<Verdict> BodyAsync(BodyCommand command, CancellationToken cancellationToken) =>
        Note(CommandCode.Body, MailText.Decode(command.Chunk.Span), cancellationToken);

    public ValueTask<MessageVerdict> EndOfMessageAsync(CancellationToken cancellationToken)
    {
        Calls.Add("EndOfMessage");
        return DecideMessage(cancellationToken);
    }

    public ValueTask<Verdict> UnknownAsync(UnknownCommand command, CancellationToken cancellationToken) =>
        Note(CommandCode.Unknown, MailText.Decode(command.Line.Span), cancellationToken);

    public ValueTask AbortAsync()
    {
        Calls.Add("Abort");
        return default;
    }

    public ValueTask CloseAsync()
    {
        Calls.Add("Close");
        return default;
    }

    private ValueTask<Verdict> Note(CommandCode command, string text, CancellationToken cancellationToken)
    {
        Calls.Add($"{command} {text}".TrimEnd(' '));
        return Decide(command, cancellationToken);
    }
}
