using Pmilter.Policies.Scripts;

namespace Pmilter.Effects.Ruby;

/// <summary>
/// What the methods of the original API read: <c>f:</c> a field of <see cref="IScriptFacts"/>, <c>m:</c> a macro. Told to each worker, so that
/// the names stand in one place.
/// </summary>
internal static class OriginalNames
{
    public static IReadOnlyDictionary<string, string> Facts { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["client_ipaddr"] = "f:client_ip",
        ["client_hostname"] = "f:connect_host",
        ["client_daemon"] = "m:daemon_name",
        ["helo_hostname"] = "f:helo",
        ["envelope_from"] = "f:mail_from_raw",
        ["envelope_to"] = "f:rcpt_addr_saved",
        ["rcpt_to"] = "f:rcpt_addr_saved",
        ["mail_addr"] = "m:mail_addr",
        ["rcpt_addr"] = "m:rcpt_addr",
        ["body_chunk"] = "f:body_chunk",
        ["myhostname"] = "m:j",
        ["message_id"] = "m:i",
        ["auth_type"] = "m:auth_type",
        ["auth_authen"] = "m:auth_authen",
        ["auth_author"] = "m:auth_author",
        ["cert_issuer"] = "m:cert_issuer",
        ["cert_subject"] = "m:cert_subject",
        ["cipher_bits"] = "m:cipher_bits",
        ["cipher"] = "m:cipher",
        ["tls_version"] = "m:tls_version",
    };

    public static byte[] Frame() => RubyFrame.Write(
        ScriptValue.Of("names"),
        ScriptValue.Of([.. Facts.Keys.Select(ScriptValue.Of)]),
        ScriptValue.Of([.. Facts.Values.Select(ScriptValue.Of)]));
}
