namespace Pmilter.Tests.Engine;

/// <summary>One kind of limit: its policy, and how the model counts.</summary>
/// <param name="LimitPhase">Where the rule stands: the counter's phase or a later one.</param>
public sealed record LimitCase(string Phase, string LimitPhase, string Count, bool CountsRefused, int HoldSeconds, bool EmptiesAfter)
{
    public const int Max = 3;

    public static TimeSpan Window { get; } = TimeSpan.FromSeconds(10);

    public bool IsPerRecipient => Phase == "rcpt";

    public bool IsDistinct => Count.StartsWith("distinct", StringComparison.Ordinal);

    public static TheoryData<LimitCase> All { get; } =
    [
        .. from count in new[] { "eoh eoh messages", "mail mail messages", "mail eoh messages", "mail eom messages", "eoh eom messages", "eom eom messages", "rcpt rcpt recipients", "rcpt rcpt distinct(rcpt_to)" }
           let words = count.Split(' ')
           from refused in new[] { false, true }
           from hold in new[] { (Seconds: 0, Empties: false), (Seconds: 4, Empties: false), (Seconds: 15, Empties: false), (Seconds: 4, Empties: true) }
           select new LimitCase(words[0], words[1], words[2], refused, hold.Seconds, hold.Empties),
    ];

    public string Policy => $$"""
        policy: p
        counters:
          c: { phase: {{Phase}}, count: {{Count}}, key: [mail_from], window: {{Window.TotalSeconds}}s, refused: {{(CountsRefused ? "count" : "ignore")}} }
        rules:
          - { id: bad_recipient, phase: rcpt, when: "rcpt_to_user = 'bad'", then: [ reject ] }
          - { id: bad_sender, phase: data, when: "mail_from_user = 'k2'", then: [ tempfail ] }
          - { id: limit, phase: {{LimitPhase}}, limit: { counter: c, max: {{Max}}{{Hold}} }, then: [ { tempfail: '4.7.1 {count}, {retry_after}' } ] }
          - { id: bad_subject, phase: eom, when: "subject = 'bad'", then: [ reject ] }
        """;

    private string Hold => HoldSeconds == 0 ? string.Empty : EmptiesAfter ? $", hold: {{ for: {HoldSeconds}s, after: empty }}" : $", hold: {HoldSeconds}s";

    public override string ToString() =>
        $"{Phase} {LimitPhase} {Count}{(CountsRefused ? " refused: count" : string.Empty)}{(HoldSeconds > 0 ? $" hold {HoldSeconds}s" : string.Empty)}{(EmptiesAfter ? " empty" : string.Empty)}";
}
