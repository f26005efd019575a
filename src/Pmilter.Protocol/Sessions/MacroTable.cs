namespace Pmilter.Protocol.Sessions;

/// <summary>
/// The macros that the MTA has sent, by stage. Later stages are looked up first; CONNECT and HELO macros live as long as the
/// connection, the others as long as the message (smfi_getsymval). <c>i</c> and <c>{i}</c> are one name.
/// </summary>
public sealed class MacroTable
{
    /// <summary>The value of a macro, with or without braces; null when the MTA has not sent it.</summary>
    public string? this[string name] => throw new NotSupportedException(name);
}
