using System.Globalization;
using System.Text;

namespace Pmilter.Rehearsal.Replays;

/// <summary>Differences as a file of tests that expects what the candidate decides.</summary>
internal static class SavedTest
{
    public static string Of(IReadOnlyList<ReplayDifference> differences)
    {
        var yaml = new StringBuilder("# Made by pmilter replay --save-test. Counts that the decisions rested on are made by repeating the message.\ntests:\n");
        for (var i = 0; i < differences.Count; i++)
        {
            Write(yaml, differences[i], i + 1);
        }

        return yaml.ToString();
    }

    private static void Write(StringBuilder yaml, ReplayDifference difference, int number)
    {
        var then = difference.Then;
        var final = difference.Now.Final.Decision;
        var sample = difference.Now.Sample;
        yaml.Append(CultureInfo.InvariantCulture, $"  - name: {Quoted($"decision {(then.Id.Length > 0 ? then.Id : $"{number}")} of {then.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss}, then {then.Verdict}{(then.Rule.Length > 0 ? $" by {then.Rule}" : string.Empty)}")}\n");
        if (final.Rule is { } rule)
        {
            yaml.Append(CultureInfo.InvariantCulture, $"    policy: {rule.Policy}\n");
        }

        yaml.Append(CultureInfo.InvariantCulture, $"    now: {Quoted(then.Time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture))}\n    message:\n");
        Line(yaml, "client_ip", sample.ClientIp);
        Line(yaml, "client_name", sample.ClientName);
        Line(yaml, "client_country", sample.Place?.Country ?? string.Empty);
        Line(yaml, "helo", sample.Helo);
        yaml.Append(CultureInfo.InvariantCulture, $"      mail_from: {Quoted(sample.MailFrom)}\n");
        Line(yaml, "sasl_login", sample.Macros.GetValueOrDefault("auth_authen") ?? string.Empty);
        yaml.Append("      rcpt_to: [").AppendJoin(", ", sample.Recipients.Select(Quoted)).Append("]\n");
        if (sample.Headers.Count > 0)
        {
            yaml.Append("      headers: { ").AppendJoin(", ", sample.Headers.Select(h => $"{h.Name}: {Quoted(h.Value)}")).Append(" }\n");
        }

        if (sample.Recorded is { } content && content.Parts.Any(part => part.IsAttachment))
        {
            yaml.Append("      attachments:\n");
            foreach (var part in content.Parts.Where(part => part.IsAttachment))
            {
                var entries = part.Entries.Count > 0 ? $", entries: [{string.Join(", ", part.Entries.Select(Quoted))}]" : string.Empty;
                yaml.Append(CultureInfo.InvariantCulture, $"        - {{ name: {Quoted(part.Name)}, type: {Quoted(part.Type)}{entries} }}\n");
            }
        }

        yaml.Append("    send:\n");
        if (final.Counter is { } counter && counter.Value > 1)
        {
            yaml.Append(CultureInfo.InvariantCulture, $"      - {{ repeat: {Math.Max((int)counter.Max, 1)} }}\n");
        }

        var expectedRule = difference.RuleNow.Length > 0 ? $", rule: {final.Rule?.Id}" : string.Empty;
        yaml.Append(CultureInfo.InvariantCulture, $"      - {{ expect: {{ verdict: {difference.Now.Verdict}{expectedRule} }} }}\n");
    }

    private static void Line(StringBuilder yaml, string key, string value)
    {
        if (value.Length > 0)
        {
            yaml.Append(CultureInfo.InvariantCulture, $"      {key}: {Quoted(value)}\n");
        }
    }

    private static string Quoted(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal).ReplaceLineEndings(" ")}'";
}
