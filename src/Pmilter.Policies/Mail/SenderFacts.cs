using Pmilter.Policies.Text;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Wire;

namespace Pmilter.Policies.Mail;

/// <summary>MAIL: the envelope sender, its parameters, and who has logged in.</summary>
public sealed class SenderFacts
{
    private string? _base;

    public static SenderFacts None { get; } = new();

    public EnvelopeAddress Address { get; private init; } = EnvelopeAddress.Empty;

    /// <summary>argv[0] of MAIL as received, brackets included.</summary>
    public string Argument { get; private init; } = string.Empty;

    /// <summary>MAIL was given, with the null sender.</summary>
    public bool IsBounce { get; private init; }

    public EsmtpParameters Parameters { get; private init; } = EsmtpParameters.Empty;

    public string Login { get; private init; } = string.Empty;

    public string Author { get; private init; } = string.Empty;

    public string Method { get; private init; } = string.Empty;

    public bool IsAuthenticated => Login.Length > 0 || Method.Length > 0;

    public string Mailer { get; private init; } = string.Empty;

    /// <summary>Without the tags of VERP, SRS and BATV.</summary>
    public string BaseAddress => _base ??= SenderBase.Of(Address);

    public static SenderFacts From(in MailCommand command, MacroTable macros)
    {
        var argument = MailText.Decode(command.Sender.Span);
        var address = EnvelopeAddress.Parse(argument, out var rest);
        return new SenderFacts
        {
            Address = address,
            Argument = argument,
            IsBounce = address.Text.Length == 0,
            Parameters = EsmtpParameters.Read(command.Parameters.Span, rest),
            Login = NormalText.Compose(macros["auth_authen"] ?? string.Empty),
            Author = NormalText.Compose(macros["auth_author"] ?? string.Empty),
            Method = macros["auth_type"] ?? string.Empty,
            Mailer = macros["mail_mailer"] ?? string.Empty,
        };
    }
}
