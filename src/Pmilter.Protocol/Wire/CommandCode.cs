namespace Pmilter.Protocol.Wire;

/// <summary>SMFIC_: what the MTA sends.</summary>
public enum CommandCode : byte
{
    /// <summary>No command yet.</summary>
    None = 0,

    /// <summary>SMFIC_ABORT (version 2): the message ends here; connection and HELO stay. Never answered.</summary>
    Abort = (byte)'A',

    /// <summary>SMFIC_BODY (version 2).</summary>
    Body = (byte)'B',

    /// <summary>SMFIC_CONNECT (version 2).</summary>
    Connect = (byte)'C',

    /// <summary>SMFIC_MACRO (version 2). Never answered.</summary>
    Macro = (byte)'D',

    /// <summary>SMFIC_BODYEOB (version 2): end of message; may carry a last body chunk.</summary>
    EndOfMessage = (byte)'E',

    /// <summary>SMFIC_HELO (version 2).</summary>
    Helo = (byte)'H',

    /// <summary>SMFIC_QUIT_NC (version 6): the client has gone, the next one comes over the same socket. Never answered.</summary>
    QuitNewConnection = (byte)'K',

    /// <summary>SMFIC_HEADER (version 2).</summary>
    Header = (byte)'L',

    /// <summary>SMFIC_MAIL (version 2).</summary>
    Mail = (byte)'M',

    /// <summary>SMFIC_EOH (version 2).</summary>
    EndOfHeaders = (byte)'N',

    /// <summary>SMFIC_OPTNEG (version 2).</summary>
    Negotiate = (byte)'O',

    /// <summary>SMFIC_QUIT (version 2). Never answered.</summary>
    Quit = (byte)'Q',

    /// <summary>SMFIC_RCPT (version 2).</summary>
    Rcpt = (byte)'R',

    /// <summary>SMFIC_DATA (version 4).</summary>
    Data = (byte)'T',

    /// <summary>SMFIC_UNKNOWN (version 3).</summary>
    Unknown = (byte)'U',
}
