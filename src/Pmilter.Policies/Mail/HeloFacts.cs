using System.Globalization;
using Pmilter.Policies.Text;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Wire;

namespace Pmilter.Policies.Mail;

/// <summary>HELO and what was agreed on TLS by then; a second HELO (after STARTTLS) replaces all of it.</summary>
public sealed class HeloFacts
{
    public static HeloFacts None { get; } = new();

    public string Name { get; private init; } = string.Empty;

    public bool IsTls => TlsVersion.Length > 0;

    public string TlsVersion { get; private init; } = string.Empty;

    public string TlsCipher { get; private init; } = string.Empty;

    public double TlsBits { get; private init; }

    public string TlsSubject { get; private init; } = string.Empty;

    public string TlsIssuer { get; private init; } = string.Empty;

    public static HeloFacts From(in HeloCommand command, MacroTable macros) => Of(NormalText.Compose(MailText.Decode(command.Name.Span).Trim()), macros);

    /// <summary>The macros alone: MAIL may come without HELO (Postfix after XCLIENT HELO=).</summary>
    public static HeloFacts Of(string name, MacroTable macros) => new()
    {
        Name = name,
        TlsVersion = macros["tls_version"] ?? string.Empty,
        TlsCipher = macros["cipher"] ?? string.Empty,
        TlsBits = double.TryParse(macros["cipher_bits"], NumberStyles.None, CultureInfo.InvariantCulture, out var bits) ? bits : 0,
        TlsSubject = macros["cert_subject"] ?? string.Empty,
        TlsIssuer = macros["cert_issuer"] ?? string.Empty,
    };
}
