using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Sessions;

/// <summary>
/// The stages of macros in SMTP's order. Two of them libmilter does not have: Postfix sends the header stage's macros before
/// every header and the end-of-message stage's before every body chunk, and with versions 2 and 3 they are the first that bring
/// the queue id.
/// </summary>
internal static class MacroScope
{
    public const int Count = 9;

    public const int FirstOfMessage = 2;

    public static int? SlotOf(CommandCode command) => command switch
    {
        CommandCode.Connect => 0,
        CommandCode.Helo => 1,
        CommandCode.Mail => FirstOfMessage,
        CommandCode.Rcpt => 3,
        CommandCode.Data => 4,
        CommandCode.Header => 5,
        CommandCode.EndOfHeaders => 6,
        CommandCode.Body => 7,
        CommandCode.EndOfMessage => 8,
        _ => null,
    };
}
