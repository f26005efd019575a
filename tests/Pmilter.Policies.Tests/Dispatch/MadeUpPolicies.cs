using System.Text;
using Pmilter.Policies.Mail;

namespace Pmilter.Policies.Tests.Dispatch;

/// <summary>Policy files whose rules compare fields with few values, before and behind everything else that a rule may ask.</summary>
internal sealed class MadeUpPolicies(Choices choices)
{
    public static readonly string[] Countries = ["RU", "NG", "ZZ"];

    public static readonly string[] Clients = ["203.0.113.1", "203.0.113.2", "2001:db8::1"];

    public static readonly string[] Names = ["a.example", "ä.example", "ſ.example"];

    public static readonly string[] Subjects = ["hello", "ÄRGER", string.Empty];

    private static readonly Phase[] Phases = [Phase.Connect, Phase.Helo, Phase.Mail, Phase.Rcpt, Phase.Eoh, Phase.Eom];

    private int _rules;

    public string[] Files() => [.. Enumerable.Range(0, 1 + choices.Below(3)).Select(File)];

    private string File(int number)
    {
        var text = new StringBuilder($$"""
            policy: p{{number}}
            lists:
              watched: { type: country, items: ['RU'] }
            macros:
              known_client: "client_ip = '{{Clients[0]}}'"
              either_client: "in(client_ip, '{{Clients[1]}}', '{{Clients[2]}}')"
            counters:
              senders: { phase: mail, count: messages, key: [mail_from_domain], window: 60s }
              people: { phase: rcpt, count: recipients, key: [rcpt_to_domain], window: 60s }
              asked: { phase: connect, count: explicit, key: [client_ip], window: 60s }
            bans:
              out: { key: [client_ip], for: 10s }

            """);
        if (choices.OneIn(3))
        {
            text.AppendLine($"when: \"{Condition(Phase.Connect)}\"");
        }

        // Tags that are asked for must be given somewhere.
        text.AppendLine("rules:").AppendLine("  - { id: seed, phase: connect, when: \"client_port = 1\", then: [ tag: marked ] }");
        foreach (var phase in Phases)
        {
            for (var i = choices.Below(10); i > 0; i--)
            {
                text.AppendLine(Rule(phase));
            }
        }

        return text.ToString();
    }

    private string Rule(Phase phase)
    {
        var rule = new StringBuilder($"  - {{ id: r{++_rules}, phase: {phase.ToString().ToLowerInvariant()}, when: \"{Condition(phase)}\"");
        rule.Append(choices.OneIn(4) ? $", unless: \"{Condition(phase)}\"" : string.Empty);
        rule.Append(choices.OneIn(3) ? ", mode: monitor" : string.Empty);
        rule.Append(choices.OneIn(4) ? $", on_error: {choices.Of("reject", "tempfail")}" : string.Empty);
        rule.Append(phase >= Phase.Mail && choices.OneIn(4) ? $", limit: {{ counter: {(phase == Phase.Rcpt ? "people" : "senders")}, max: {choices.Below(3)}{choices.Of(string.Empty, ", hold: 10s")} }}" : string.Empty);
        return rule.Append($", then: [ {string.Join(", ", Steps(phase))} ] }}").ToString();
    }

    private IEnumerable<string> Steps(Phase phase)
    {
        yield return choices.Of("score: 1", "score: -1", "tag: marked", "log: seen", "ban: out", phase == Phase.Connect ? "count: asked" : "score: 2");
        string[] verdicts = [string.Empty, "allow", "allow: all", "tempfail", "reject"];
        verdicts = phase != Phase.Rcpt ? [.. verdicts, "accept"] : verdicts;
        verdicts = phase is Phase.Mail or Phase.Eoh or Phase.Eom ? [.. verdicts, "discard"] : verdicts;
        verdicts = phase == Phase.Eom ? [.. verdicts, "quarantine: held"] : verdicts;
        if (choices.OneIn(2) && choices.Of(verdicts) is { Length: > 0 } verdict)
        {
            yield return verdict;
        }
    }

    private string Condition(Phase phase, int depth = 2) => (depth == 0 ? 0 : choices.Below(6)) switch
    {
        3 or 4 => $"({Condition(phase, depth - 1)} {choices.Of("and", "and", "or")} {Condition(phase, depth - 1)})",
        5 => $"not ({Condition(phase, depth - 1)})",
        _ => choices.OneIn(3) ? Question(phase) : Equality(phase),
    };

    private string Equality(Phase phase)
    {
        var (field, values) = choices.Of(Fields(phase));
        return choices.Below(4) switch
        {
            0 => $"{choices.Of(values)} = {field}",
            1 => $"in({field}, {choices.Of(values)}, {choices.Of(values)})",
            _ => $"{field} = {choices.Of(values)}",
        };
    }

    private static (string Field, string[] Values)[] Fields(Phase phase)
    {
        string[] countries = [.. Countries.Select(Quoted), "'ru'"];
        string[] names = [.. Names.Select(Quoted), "'A.EXAMPLE'", "'Ä.example'", "'s.example'", "''"];
        (string, string[])[] fields = [("client_country", countries), ("client_country", countries), ("client_ip", [.. Clients.Select(Quoted)]), ("client_port", ["0", "25"]), ("score_total", ["0", "1", "2"])];
        fields = phase >= Phase.Helo ? [.. fields, ("helo", names), ("helo", names)] : fields;
        fields = phase >= Phase.Mail ? [.. fields, ("mail_from_domain", ["'a.example'", "'A.example'", "'b.example'", "''"])] : fields;
        fields = phase == Phase.Rcpt ? [.. fields, ("rcpt_to_domain", ["'a.example'", "'B.example'"]), ("rcpt_number", ["1", "2"])] : fields;
        return phase >= Phase.Eoh ? [.. fields, ("subject", [.. Subjects.Select(Quoted), "'ärger'"])] : fields;
    }

    /// <summary>What no index goes by: some answer at once, some are looked up, some fail.</summary>
    private string Question(Phase phase)
    {
        string[] questions =
        [
            "known_client", "either_client", "tagged('marked')", "score_total > 1", "in_list(client_country, 'watched')", "banned('out')",
            "dnsbl('listed.example') <> ''", "dnsbl('broken.example') <> ''", "client_ip <> '203.0.113.1'", "true",
        ];
        questions = phase >= Phase.Helo ? [.. questions, "contains(helo, 'example')", "helo = client_name"] : questions;
        questions = phase >= Phase.Mail ? [.. questions, "counter('senders') > 1", "authenticated", "authenticated = false"] : questions;
        return choices.Of(phase == Phase.Eom ? [.. questions, "any_rcpt(rcpt_to_domain = 'a.example')"] : questions);
    }

    private static string Quoted(string value) => $"'{value}'";
}
