using Pmilter.Policies.Text;
using Pmilter.Protocol.Commands;
using Pmilter.Protocol.Sessions;
using Pmilter.Protocol.Wire;

namespace Pmilter.Policies.Mail;

/// <summary>MAIL: the envelope sender, its parameters, and who has logged in.</summary>
public sealed class SenderFacts
{
    private readonly string _sentParameters = string.Empty;
    private readonly bool _isGiven;
    private EnvelopeAddress? _address;
    private EsmtpParameters? _parameters;
    private string? _base;

    private SenderFacts()
    {
    }

    private SenderFacts(string sentParameters)
    {
        _sentParameters = sentParameters;
        _isGiven = true;
    }

    public static SenderFacts None { get; } = new();

    public EnvelopeAddress Address => _address ?? Read().Address;

    /// <summary>argv[0] of MAIL as received, brackets included.</summary>
    public string Argument { get; private init; } = string.Empty;

    /// <summary>MAIL was given, with the null sender.</summary>
    public bool IsBounce => _isGiven && Address.Text.Length == 0;

    public EsmtpParameters Parameters => _parameters ?? Read().Parameters;

    public string Login { get; private init; } = string.Empty;

    public string Author { get; private init; } = string.Empty;

    public string Method { get; private init; } = string.Empty;

    public bool IsAuthenticated => Login.Length > 0 || Method.Length > 0;

    public string Mailer { get; private init; } = string.Empty;

    /// <summary>Without the tags of VERP, SRS and BATV.</summary>
    public string BaseAddress => _base ??= SenderBase.Of(Address);

    public static SenderFacts From(in MailCommand command, MacroTable macros) =>
        new(MailText.Decode(command.Parameters.Span))
        {
            Argument = MailText.Decode(command.Sender.Span),
            Login = NormalText.Compose(macros["auth_authen"] ?? string.Empty),
            Author = NormalText.Compose(macros["auth_author"] ?? string.Empty),
            Method = macros["auth_type"] ?? string.Empty,
            Mailer = macros["mail_mailer"] ?? string.Empty,
        };

    /// <summary>Parameters may come inside argv[0], behind the address.</summary>
    private (EnvelopeAddress Address, EsmtpParameters Parameters) Read()
    {
        _address = EnvelopeAddress.Parse(Argument, out var rest);
        _parameters = EsmtpParameters.Read(_sentParameters, rest);
        return (_address, _parameters);
    }
}
