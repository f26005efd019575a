using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Replies;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Sessions;

/// <summary>Command to handler method.</summary>
internal static class HandlerCall
{
    public static ValueTask<Verdict> Start(IMilterHandler handler, CommandCode command, ReadOnlyMemory<byte> data, CancellationToken token) => command switch
    {
        CommandCode.Connect => handler.ConnectAsync(CommandDecoder.Connect(data), token),
        CommandCode.Helo => handler.HeloAsync(CommandDecoder.Helo(data), token),
        CommandCode.Mail => handler.MailAsync(CommandDecoder.Mail(data), token),
        CommandCode.Rcpt => handler.RcptAsync(CommandDecoder.Rcpt(data), token),
        CommandCode.Data => handler.DataAsync(token),
        CommandCode.Header => handler.HeaderAsync(CommandDecoder.Header(data), token),
        CommandCode.EndOfHeaders => handler.EndOfHeadersAsync(token),
        CommandCode.Body => handler.BodyAsync(new BodyCommand(data), token),
        CommandCode.Unknown => handler.UnknownAsync(CommandDecoder.Unknown(data), token),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command, "Not an event."),
    };
}
