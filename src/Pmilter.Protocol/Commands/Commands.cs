namespace Pmilter.Protocol.Commands;

/// <summary>SMFIC_CONNECT.</summary>
/// <param name="HostName">What the MTA calls the client: a verified name, <c>[address]</c> or <c>unknown</c>.</param>
/// <param name="Family">How the address is to be read.</param>
/// <param name="Port">Source port in host order; 0 for a Unix socket and an unknown client.</param>
/// <param name="Address">Address text as sent (Sendmail tags IPv6 with <c>IPv6:</c>), or a path; empty when unknown.</param>
public readonly record struct ConnectCommand(ReadOnlyMemory<byte> HostName, ClientFamily Family, int Port, ReadOnlyMemory<byte> Address);

/// <summary>The family byte of SMFIC_CONNECT (SMFIA_).</summary>
public enum ClientFamily : byte
{
    /// <summary>SMFIA_UNKNOWN: no port, no address.</summary>
    Unknown = (byte)'U',

    /// <summary>SMFIA_UNIX: the address is a path.</summary>
    Unix = (byte)'L',

    /// <summary>SMFIA_INET.</summary>
    Inet = (byte)'4',

    /// <summary>SMFIA_INET6.</summary>
    Inet6 = (byte)'6',
}

/// <summary>SMFIC_HELO.</summary>
public readonly record struct HeloCommand(ReadOnlyMemory<byte> Name);

/// <summary>SMFIC_MAIL.</summary>
/// <param name="Sender">argv[0] as sent: <c>&lt;a@b&gt;</c>, <c>&lt;&gt;</c>, or without brackets for local submissions.</param>
/// <param name="Parameters">ESMTP parameters, NUL-separated: <c>SIZE=1000</c>, <c>SMTPUTF8</c>.</param>
public readonly record struct MailCommand(ReadOnlyMemory<byte> Sender, ReadOnlyMemory<byte> Parameters);

/// <summary>SMFIC_RCPT.</summary>
/// <param name="Recipient">argv[0] as sent.</param>
/// <param name="Parameters">ESMTP parameters, NUL-separated.</param>
public readonly record struct RcptCommand(ReadOnlyMemory<byte> Recipient, ReadOnlyMemory<byte> Parameters);

/// <summary>SMFIC_HEADER. The value is raw: 8-bit bytes, folded with LF and white space.</summary>
public readonly record struct HeaderCommand(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Value);

/// <summary>SMFIC_BODY: up to 65535 bytes, lines ended by CRLF.</summary>
public readonly record struct BodyCommand(ReadOnlyMemory<byte> Chunk);

/// <summary>SMFIC_UNKNOWN: the SMTP command that the MTA did not know (Postfix: the verb; Sendmail: the line).</summary>
public readonly record struct UnknownCommand(ReadOnlyMemory<byte> Line);
