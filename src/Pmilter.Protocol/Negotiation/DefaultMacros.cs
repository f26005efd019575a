namespace Pmilter.Protocol.Negotiation;

/// <summary>What MTAs send when they are not asked (Postfix 3.7 to 3.12 main.cf defaults, Sendmail 8.18 cf/m4/proto.m4).</summary>
public static class DefaultMacros
{
    private static readonly string[] OfTls = ["{tls_version}", "{cipher}", "{cipher_bits}", "{cert_subject}", "{cert_issuer}"];

    /// <summary>milter_connect_macros and its siblings.</summary>
    public static IReadOnlyList<string> Postfix(MacroStage stage) => stage switch
    {
        MacroStage.Connect => ["j", "{daemon_name}", "{daemon_addr}", "v", "_"],
        MacroStage.Helo => OfTls,
        MacroStage.Mail => ["i", "{auth_type}", "{auth_authen}", "{auth_author}", "{mail_addr}", "{mail_host}", "{mail_mailer}"],
        MacroStage.Rcpt => ["i", "{rcpt_addr}", "{rcpt_host}", "{rcpt_mailer}"],
        _ => ["i"],
    };

    /// <summary>confMILTER_MACROS_CONNECT and its siblings.</summary>
    public static IReadOnlyList<string> Sendmail(MacroStage stage) => stage switch
    {
        MacroStage.Connect => ["{daemon_name}", "{if_name}", "{if_addr}", "j", "_"],
        MacroStage.Helo => OfTls,
        MacroStage.Mail => ["i", "{auth_type}", "{auth_authen}", "{auth_ssf}", "{auth_author}", "{mail_mailer}", "{mail_host}", "{mail_addr}"],
        MacroStage.Rcpt => ["{rcpt_mailer}", "{rcpt_host}", "{rcpt_addr}"],
        MacroStage.EndOfMessage => ["{msg_id}"],
        _ => [],
    };

    /// <summary>Both MTAs' together.</summary>
    public static IEnumerable<string> Both(MacroStage stage) => Postfix(stage).Union(Sendmail(stage), StringComparer.Ordinal);
}
