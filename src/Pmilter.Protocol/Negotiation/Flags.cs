namespace Pmilter.Protocol.Negotiation;

/// <summary>SMFIF_: what a filter may do at end of message.</summary>
[Flags]
public enum MilterActions : uint
{
    None = 0,

    /// <summary>SMFIF_ADDHDRS: add and insert headers.</summary>
    AddHeaders = 0x01,

    /// <summary>SMFIF_CHGBODY.</summary>
    ChangeBody = 0x02,

    /// <summary>SMFIF_ADDRCPT.</summary>
    AddRecipients = 0x04,

    /// <summary>SMFIF_DELRCPT.</summary>
    DeleteRecipients = 0x08,

    /// <summary>SMFIF_CHGHDRS: change and delete headers.</summary>
    ChangeHeaders = 0x10,

    /// <summary>SMFIF_QUARANTINE.</summary>
    Quarantine = 0x20,

    /// <summary>SMFIF_CHGFROM (version 6).</summary>
    ChangeSender = 0x40,

    /// <summary>SMFIF_ADDRCPT_PAR (version 6).</summary>
    AddRecipientsWithArguments = 0x80,

    /// <summary>SMFIF_SETSYMLIST (version 6): the filter may choose the macros.</summary>
    SetMacroList = 0x100,

    All = 0x1FF,
}

/// <summary>SMFIP_: which events are sent and which are answered.</summary>
[Flags]
public enum MilterSteps : uint
{
    None = 0,
    NoConnect = 0x1,
    NoHelo = 0x2,
    NoMail = 0x4,
    NoRcpt = 0x8,
    NoBody = 0x10,
    NoHeaders = 0x20,
    NoEndOfHeaders = 0x40,
    NoReplyHeader = 0x80,
    NoUnknown = 0x100,
    NoData = 0x200,

    /// <summary>SMFIP_SKIP: the MTA understands SMFIR_SKIP.</summary>
    Skip = 0x400,

    /// <summary>SMFIP_RCPT_REJ: recipients that the MTA itself refused are sent too.</summary>
    RejectedRecipients = 0x800,

    NoReplyConnect = 0x1000,
    NoReplyHelo = 0x2000,
    NoReplyMail = 0x4000,
    NoReplyRcpt = 0x8000,
    NoReplyData = 0x10000,
    NoReplyUnknown = 0x20000,
    NoReplyEndOfHeaders = 0x40000,
    NoReplyBody = 0x80000,

    /// <summary>SMFIP_HDR_LEADSPC: header values come and go with their leading space.</summary>
    LeadingSpace = 0x100000,

    All = 0x1FFFFF,
}

/// <summary>The events of a session that can be asked for or declined.</summary>
[Flags]
public enum MilterEvents
{
    None = 0,
    Connect = 1 << 0,
    Helo = 1 << 1,
    Mail = 1 << 2,
    Rcpt = 1 << 3,
    Data = 1 << 4,
    Header = 1 << 5,
    EndOfHeaders = 1 << 6,
    Body = 1 << 7,
    EndOfMessage = 1 << 8,
    Unknown = 1 << 9,
    All = (1 << 10) - 1,
}

/// <summary>SMFIM_: the stages at which macros are sent.</summary>
public enum MacroStage
{
    Connect = 0,
    Helo = 1,
    Mail = 2,
    Rcpt = 3,
    Data = 4,

    /// <summary>SMFIM_EOM.</summary>
    EndOfMessage = 5,

    /// <summary>SMFIM_EOH.</summary>
    EndOfHeaders = 6,
}
