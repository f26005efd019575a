namespace Pmilter.Protocol.Replies;

/// <summary>A change to the message, kept as a value until end of message. Text is as in <see cref="Wire.MailText"/>; line breaks are LF.</summary>
public abstract record Modification;

/// <summary>SMFIR_ADDHEADER: appended.</summary>
public sealed record AddHeader(string Name, string Value) : Modification;

/// <summary>SMFIR_INSHEADER: 0 is above the MTA's own Received, 1 just below it.</summary>
public sealed record InsertHeader(int Index, string Name, string Value) : Modification;

/// <summary>SMFIR_CHGHEADER: index is 1-based among the fields of that name; beyond the last it is added.</summary>
public sealed record ChangeHeader(string Name, int Index, string Value) : Modification;

/// <summary>SMFIR_CHGHEADER with an empty value. The highest index goes first: Postfix renumbers after a delete, Sendmail does not.</summary>
public sealed record DeleteHeader(string Name, int Index) : Modification;

/// <summary>SMFIR_CHGFROM: with or without angle brackets; arguments in one string, or null.</summary>
public sealed record ChangeSender(string Address, string? Arguments) : Modification;

/// <summary>SMFIR_ADDRCPT, or SMFIR_ADDRCPT_PAR with arguments.</summary>
public sealed record AddRecipient(string Address, string? Arguments) : Modification;

/// <summary>SMFIR_DELRCPT: matched byte for byte with the address as the client gave it.</summary>
public sealed record DeleteRecipient(string Address) : Modification;

/// <summary>SMFIR_REPLBODY: the whole body, lines ended by CRLF; sent in one uninterrupted run of chunks.</summary>
public sealed record ReplaceBody(ReadOnlyMemory<byte> Body) : Modification;
