using System.Buffers;
using Pmilter.Policies.Mail;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Policies.Binding;

/// <summary>When MTAs send which macro, and which they send unasked.</summary>
internal static class MtaMacros
{
    private static readonly Dictionary<string, MacroStage> Stages = new(StringComparer.Ordinal)
    {
        ["j"] = MacroStage.Connect,
        ["_"] = MacroStage.Connect,
        ["v"] = MacroStage.Connect,
        ["daemon_name"] = MacroStage.Connect,
        ["daemon_addr"] = MacroStage.Connect,
        ["daemon_port"] = MacroStage.Connect,
        ["if_name"] = MacroStage.Connect,
        ["if_addr"] = MacroStage.Connect,
        ["client_addr"] = MacroStage.Connect,
        ["client_name"] = MacroStage.Connect,
        ["client_ptr"] = MacroStage.Connect,
        ["client_port"] = MacroStage.Connect,
        ["client_resolve"] = MacroStage.Connect,
        ["client_connections"] = MacroStage.Connect,
        ["tls_version"] = MacroStage.Helo,
        ["cipher"] = MacroStage.Helo,
        ["cipher_bits"] = MacroStage.Helo,
        ["cert_subject"] = MacroStage.Helo,
        ["cert_issuer"] = MacroStage.Helo,
        ["tls_sni"] = MacroStage.Helo,
        ["verify"] = MacroStage.Helo,
        ["auth_type"] = MacroStage.Mail,
        ["auth_authen"] = MacroStage.Mail,
        ["auth_author"] = MacroStage.Mail,
        ["auth_ssf"] = MacroStage.Mail,
        ["mail_addr"] = MacroStage.Mail,
        ["mail_host"] = MacroStage.Mail,
        ["mail_mailer"] = MacroStage.Mail,
        ["i"] = MacroStage.Mail,
        ["rcpt_addr"] = MacroStage.Rcpt,
        ["rcpt_host"] = MacroStage.Rcpt,
        ["rcpt_mailer"] = MacroStage.Rcpt,
        ["msg_id"] = MacroStage.EndOfMessage,
    };

    private static readonly HashSet<string> SentByBoth = new(StringComparer.Ordinal)
    {
        "j", "_", "daemon_name", "tls_version", "cipher", "cipher_bits", "cert_subject", "cert_issuer",
        "i", "auth_type", "auth_authen", "auth_author", "mail_addr", "mail_host", "mail_mailer", "rcpt_addr", "rcpt_host", "rcpt_mailer",
    };

    public static SearchValues<char> NameCharacters { get; } = SearchValues.Create("_.-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    public static bool IsAlwaysSent(string bareName) => SentByBoth.Contains(bareName);

    /// <summary>One that nobody knows (an own macro of a Sendmail) is asked for where it is read.</summary>
    public static MacroStage StageOf(string bareName, Phase phase) =>
        Stages.TryGetValue(bareName, out var stage) ? stage : phase switch
        {
            Phase.Helo => MacroStage.Helo,
            Phase.Mail => MacroStage.Mail,
            Phase.Rcpt => MacroStage.Rcpt,
            Phase.Data => MacroStage.Data,
            Phase.Header or Phase.Eoh => MacroStage.EndOfHeaders,
            Phase.Body or Phase.Eom => MacroStage.EndOfMessage,
            _ => MacroStage.Connect,
        };

    /// <summary>The first phase at which macros of the stage are there; EOH's come before every header with Postfix.</summary>
    public static Phase PhaseOf(MacroStage stage) => stage switch
    {
        MacroStage.Connect => Phase.Connect,
        MacroStage.Helo => Phase.Helo,
        MacroStage.Mail => Phase.Mail,
        MacroStage.Rcpt => Phase.Rcpt,
        MacroStage.Data => Phase.Data,
        MacroStage.EndOfHeaders => Phase.Header,
        _ => Phase.Body,
    };

    public static MilterEvents EventOf(MacroStage stage) => stage switch
    {
        MacroStage.Connect => MilterEvents.Connect,
        MacroStage.Helo => MilterEvents.Helo,
        MacroStage.Mail => MilterEvents.Mail,
        MacroStage.Rcpt => MilterEvents.Rcpt,
        MacroStage.Data => MilterEvents.Data,
        MacroStage.EndOfHeaders => MilterEvents.EndOfHeaders,
        _ => MilterEvents.EndOfMessage,
    };
}
