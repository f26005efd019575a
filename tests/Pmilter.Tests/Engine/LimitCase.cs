namespace Pmilter.Tests.Engine;

/// <summary>One kind of limit: its policy, and how the model counts.</summary>
public sealed record LimitCase(string Phase, string Count, bool CountsRefused, int HoldSeconds, bool EmptiesAfter)
{
    public const int Max = 3;

    public static TimeSpan Window { get; } = TimeSpan.FromSeconds(10);

    public bool IsPerRecipient => Phase == "rcpt";

    public bool IsDistinct => Count.StartsWith("distinct", StringComparison.Ordinal);

    public static TheoryData<LimitCase> All { get; } =
    [
        .. from count in new[] { (Phase: "eoh", Count: "messages"), (Phase: "mail", Count: "messages"), (Phase: "rcpt", Count: "recipients"), (Phase: "rcpt", Count: "distinct(rcpt_to)") }
           from refused in new[] { false, true }
           from hold in new[] { (Seconds: 0, Empties: false), (Seconds: 4, Empties: false), (Seconds: 15, Empties: false), (Seconds: 4, Empties: true) }
           select new LimitCase(count.Phase, count.Count, refused, hold.Seconds, hold.Empties),
    ];

    public string Policy => $$"""
        policy: p
        counters:
          c: { phase: {{Phase}}, count: {{Count}}, key: [mail_from], window: {{Window.TotalSeconds}}s, refused: {{(CountsRefused ? "count" : "ignore")}} }
        rules:
          - { id: bad_recipient, phase: rcpt, when: "rcpt_to_user = 'bad'", then: [ reject ] }
          - { id: limit, phase: {{Phase}}, limit: { counter: c, max: {{Max}}{{Hold}} }, then: [ { tempfail: '4.7.1 {count}, {retry_after}' } ] }
          - { id: bad_subject, phase: eom, when: "subject = 'bad'", then: [ reject ] }
        """;

    private string Hold => HoldSeconds == 0 ? string.Empty : EmptiesAfter ? $", hold: {{ for: {HoldSeconds}s, after: empty }}" : $", hold: {HoldSeconds}s";

    public override string ToString() =>
        $"{Phase} {Count}{(CountsRefused ? " refused: count" : string.Empty)}{(HoldSeconds > 0 ? $" hold {HoldSeconds}s" : string.Empty)}{(EmptiesAfter ? " empty" : string.Empty)}";
}
