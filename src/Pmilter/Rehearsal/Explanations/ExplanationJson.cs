using System.Text.Json;
using Pmilter.Policies.Evaluation.Tracing;

namespace Pmilter.Rehearsal.Explanations;

/// <summary>The same for programs: everything.</summary>
internal static class ExplanationJson
{
    public static void Write(Utf8JsonWriter json, PlayedMessage played, string revision)
    {
        json.WriteStartObject();
        json.WriteString("time", played.At.UtcDateTime);
        json.WriteString("revision", revision);
        json.WriteString("client_ip", played.Sample.ClientIp);
        json.WriteString("mail_from", played.Sample.MailFrom);
        json.WriteString("verdict", played.Verdict);
        json.WriteString("phase", played.Final.Phase.ToString().ToLowerInvariant());
        json.WriteString("rule", played.Final.Decision.Rule?.Id ?? string.Empty);
        json.WriteString("policy", played.Final.Decision.Rule?.Policy ?? string.Empty);
        json.WriteString("reply", played.Final.Decision.Verdict.Reply?.Show() ?? string.Empty);
        json.WriteStartArray("unknown");
        foreach (var lookup in played.Missed)
        {
            json.WriteStringValue(lookup);
        }

        json.WriteEndArray();
        json.WriteStartArray("events");
        foreach (var each in played.Events)
        {
            json.WriteStartObject();
            json.WriteString("phase", each.Phase.ToString().ToLowerInvariant());
            json.WriteString("subject", each.Subject);
            json.WriteString("verdict", each.Decision.Outcome);
            json.WriteNumber("took_us", Math.Round(each.Took.TotalMicroseconds));
            json.WriteStartArray("rules");
            foreach (var rule in each.Rules)
            {
                Write(json, rule);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("notices");
        foreach (var notice in played.Notices)
        {
            json.WriteStartObject();
            json.WriteString("target", notice.Target);
            json.WriteString("policy", notice.Rule.Policy);
            json.WriteString("rule", notice.Rule.Id);
            json.WriteString("text", notice.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("changes");
        foreach (var modification in played.Final.Decision.Modifications)
        {
            json.WriteStringValue(ModificationText.Of(modification));
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, RuleTrace rule)
    {
        json.WriteStartObject();
        json.WriteString("policy", rule.Rule.Policy);
        json.WriteString("rule", rule.Rule.Id);
        json.WriteString("mode", rule.Rule.Mode.ToString().ToLowerInvariant());
        json.WriteString("state", rule.State switch
        {
            RuleState.NoMatch => "no_match",
            RuleState.NotInForce => "not_in_force",
            RuleState.NotReached => "not_reached",
            var state => state.ToString().ToLowerInvariant(),
        });
        json.WriteString("verdict", rule.HasMatched ? rule.Outcome : "continue");
        json.WriteString("file", rule.Rule.Span.Source.Path);
        json.WriteNumber("line", rule.Rule.Span.Line);
        json.WriteStartArray("why");
        foreach (var line in rule.HasMatched ? ExplanationLines.Why(rule).Select(line => line[2..]) : [ExplanationLines.WhyNot(rule)])
        {
            json.WriteStringValue(line);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
