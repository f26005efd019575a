using Pmilter.Policies.Evaluation;
using Pmilter.Protocol.Negotiation;

namespace Pmilter.Doctor.Sendmail;

/// <summary>Whether Sendmail sends the macros that the policies read.</summary>
internal static class MacroChecks
{
    /// <summary>From here on filters may ask for macros (SMFIF_SETSYMLIST).</summary>
    private static readonly Version AsksFrom = new(8, 14);

    /// <summary>Those that Sendmail sends unless somebody took them out, and the fields that stand on them.</summary>
    private static readonly (MacroStage Stage, string Macro, string[] Fields)[] Usual =
    [
        (MacroStage.Connect, "{daemon_name}", ["daemon_name"]),
        (MacroStage.Helo, "{tls_version}", ["tls", "tls_version"]),
        (MacroStage.Helo, "{cipher}", ["tls_cipher"]),
        (MacroStage.Helo, "{cipher_bits}", ["tls_bits"]),
        (MacroStage.Helo, "{cert_subject}", ["tls_subject"]),
        (MacroStage.Helo, "{cert_issuer}", ["tls_issuer"]),
        (MacroStage.Mail, "i", ["queue_id"]),
        (MacroStage.Mail, "{auth_type}", ["sasl_method"]),
        (MacroStage.Mail, "{auth_authen}", ["sasl_login", "authenticated"]),
        (MacroStage.Mail, "{auth_author}", ["sasl_author"]),
        (MacroStage.Mail, "{mail_mailer}", ["mailer"]),
    ];

    public static IEnumerable<Finding> Of(SendmailPatient patient)
    {
        if (patient.Ours is null)
        {
            yield break;
        }

        if (patient.Policies is not { } policies)
        {
            yield return new Finding(FindingLevel.Note, "Milter.macros", "the policies have errors, so that nobody knows which macros they need ('pmilter check')");
            yield break;
        }

        var mayAsk = patient.Sendmail.Version is not { } version || version >= AsksFrom;
        var isWhole = true;
        foreach (var stage in Enum.GetValues<MacroStage>())
        {
            var needed = Needed(policies, stage, mayAsk);
            var sent = patient.Sendmail.Macros(WordOf(stage)) ?? [];
            var missing = needed.Where(need => !sent.Contains(need.Macro, StringComparer.Ordinal)).ToArray();
            if (missing.Length == 0)
            {
                continue;
            }

            isWhole = false;
            yield return new Finding(
                FindingLevel.Warning,
                $"Milter.macros.{WordOf(stage)}",
                $"{string.Join(", ", missing.Select(need => need.Macro))} {(missing.Length == 1 ? "is" : "are")} not sent{(mayAsk ? string.Empty : $", and Sendmail {patient.Sendmail.Version} cannot be asked for it")}: {string.Join(", ", missing.Select(need => need.Field))} {(missing.Length == 1 ? "is" : "are")} empty",
                $"define(`confMILTER_MACROS_{WordOf(stage).ToUpperInvariant()}', `{string.Join(", ", (sent.Count > 0 ? sent : DefaultMacros.Sendmail(stage)).Union(missing.Select(need => need.Macro), StringComparer.Ordinal))}')dnl");
        }

        if (isWhole)
        {
            yield return new Finding(FindingLevel.Good, "Milter.macros", mayAsk ? "what the policies read is sent, or asked for when Sendmail connects" : "what the policies read is sent");
        }
    }

    /// <summary>A stage that Pmilter asks for itself has the usual ones as well.</summary>
    private static IEnumerable<(string Macro, string Field)> Needed(PolicySet policies, MacroStage stage, bool mayAsk)
    {
        var asked = policies.Requirements.Macros.GetValueOrDefault(stage) ?? [];
        if (mayAsk && asked.Count > 0)
        {
            return [];
        }

        var read = policies.ReadFields.Select(field => field.Name).ToHashSet(StringComparer.Ordinal);
        return Usual.Where(one => one.Stage == stage).Select(one => (one.Macro, Field: one.Fields.FirstOrDefault(read.Contains) ?? string.Empty)).Where(one => one.Field.Length > 0)
            .Concat(asked.Select(macro => (macro, $"macro('{macro}')")));
    }

    private static string WordOf(MacroStage stage) => stage switch
    {
        MacroStage.Connect => "connect",
        MacroStage.Helo => "helo",
        MacroStage.Mail => "envfrom",
        MacroStage.Rcpt => "envrcpt",
        MacroStage.Data => "data",
        MacroStage.EndOfHeaders => "eoh",
        _ => "eom",
    };
}
