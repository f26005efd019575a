namespace Pmilter.Protocol.Wire;

/// <summary>SMFIR_: what a filter answers. CONN_FAIL, SHUTDOWN and SETSYMLIST exist in libmilter's list and are never sent.</summary>
public enum ReplyCode : byte
{
    /// <summary>No reply was due.</summary>
    None = 0,

    /// <summary>SMFIR_ADDRCPT (version 2).</summary>
    AddRecipient = (byte)'+',

    /// <summary>SMFIR_DELRCPT (version 2).</summary>
    DeleteRecipient = (byte)'-',

    /// <summary>SMFIR_ADDRCPT_PAR (version 6).</summary>
    AddRecipientWithArguments = (byte)'2',

    /// <summary>SMFIR_ACCEPT (version 2).</summary>
    Accept = (byte)'a',

    /// <summary>SMFIR_REPLBODY (version 2).</summary>
    ReplaceBody = (byte)'b',

    /// <summary>SMFIR_CONTINUE (version 2).</summary>
    Continue = (byte)'c',

    /// <summary>SMFIR_DISCARD (version 2).</summary>
    Discard = (byte)'d',

    /// <summary>SMFIR_CHGFROM (version 6).</summary>
    ChangeSender = (byte)'e',

    /// <summary>SMFIR_ADDHEADER (version 2).</summary>
    AddHeader = (byte)'h',

    /// <summary>SMFIR_INSHEADER (version 3).</summary>
    InsertHeader = (byte)'i',

    /// <summary>SMFIR_CHGHEADER (version 2).</summary>
    ChangeHeader = (byte)'m',

    /// <summary>SMFIC_OPTNEG, which answers itself (version 2).</summary>
    Negotiate = (byte)'O',

    /// <summary>SMFIR_PROGRESS (version 2). Sendmail takes it at end of message only.</summary>
    Progress = (byte)'p',

    /// <summary>SMFIR_QUARANTINE (version 2). End of message only.</summary>
    Quarantine = (byte)'q',

    /// <summary>SMFIR_REJECT (version 2).</summary>
    Reject = (byte)'r',

    /// <summary>SMFIR_SKIP (version 6).</summary>
    Skip = (byte)'s',

    /// <summary>SMFIR_TEMPFAIL (version 2).</summary>
    Tempfail = (byte)'t',

    /// <summary>SMFIR_REPLYCODE (version 2).</summary>
    ReplyCode = (byte)'y',
}
