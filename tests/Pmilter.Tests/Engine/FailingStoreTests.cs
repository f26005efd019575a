using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Mail;
using Pmilter.Policies.State;
using Pmilter.Policies.Syntax;
using Pmilter.TestKit.Scenarios;

namespace Pmilter.Tests.Engine;

public sealed class FailingStoreTests
{
    public static TheoryData<Phase, string> Cases
    {
        get
        {
            var cases = new TheoryData<Phase, string>();
            foreach (var phase in Enum.GetValues<Phase>())
            {
                cases.Add(phase, "down");
                cases.Add(phase, "late");
                cases.Add(phase, "bug");
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Condition_StoreFails_OnErrorDecidesAndTheErrorIsTold(Phase phase, string failure)
    {
        foreach (var onError in IsAnswered(phase) ? new[] { "continue", "tempfail", "reject" } : ["continue"])
        {
            var decision = Play(phase, failure, $$"""
                policy: p
                bans:
                  b: { key: [client_ip], for: 1h }
                rules:
                  - id: r
                    phase: {{Word(phase)}}
                    when: banned('b')
                    on_error: {{onError}}
                    then: [ { log: x } ]
                """);
            Assert.Equal(onError, decision.Outcome);
            Assert.Contains(decision.Errors, line => line.Text.StartsWith("State store: ", StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Counter_StoreFails_OnErrorDecidesAndTheErrorIsTold(Phase phase, string failure)
    {
        var decision = Play(phase, failure, $$"""
            policy: p
            counters:
              c: { phase: {{Word(phase)}}, count: distinct(client_port), key: [client_ip], window: 60s }
            rules:
              - id: r
                phase: {{Word(phase)}}
                limit: { counter: c, max: 5 }
                then: [ { log: x } ]
            """);
        Assert.Equal(IsAnswered(phase) ? "tempfail" : "continue", decision.Outcome);
        Assert.NotEmpty(decision.Errors);
    }

    [Theory]
    [InlineData(null, "continue")]
    [InlineData(OnError.Reject, "reject")]
    public void Banned_StoreFails_StatesOnErrorComesBeforeTheServers(OnError? onError, string outcome)
    {
        var scenario = new Scenario("policy: p\nbans:\n  b: { key: [client_ip], for: 1h }\nrules:\n  - { id: r, phase: mail, when: banned('b'), then: [ { tag: t } ] }\n")
        {
            OtherStore = new BrokenStore("down"),
            Engine = new EngineOptions { StateOnError = onError },
        };
        Assert.Equal(outcome, scenario.Connect().Mail().Outcome);
    }

    [Fact]
    public void Store_BackAgain_NextEventIsJudged()
    {
        var store = new BrokenStore("down");
        var scenario = new Scenario("""
            policy: p
            counters:
              c: { phase: rcpt, count: recipients, key: [client_ip], window: 60s }
            rules:
              - { id: r, phase: rcpt, limit: { counter: c, max: 1 }, on_error: reject, then: [ tempfail ] }
            """)
        { OtherStore = store };
        var client = scenario.Connect();
        client.Mail();
        Assert.Equal("reject", client.Rcpt("a@x.example").Outcome);
        store.Inner = new WindowStore();
        Assert.Equal("continue", client.Rcpt("b@x.example").Outcome);
        Assert.Equal("tempfail", client.Rcpt("c@x.example").Outcome);
    }

    [Theory]
    [InlineData("limit: { counter: c, max: 1 }")]
    [InlineData("when: \"counter('c', client_ip) > 1\"")]
    [InlineData("when: \"banned('b') or counter('c') > 1\"")]
    public void Store_AnsweredByALocalOne_IsToldInTheDecision(string condition)
    {
        var store = new DegradedStore();
        var scenario = new Scenario($$"""
            policy: p
            counters:
              c: { phase: rcpt, count: recipients, key: [client_ip], window: 60s }
            bans:
              b: { key: [client_ip], for: 1h }
            rules:
              - { id: r, phase: rcpt, {{condition}}, then: [ tempfail ] }
            """)
        { OtherStore = store };
        var client = scenario.Connect();
        client.Mail();
        client.Rcpt("a@x.example");
        Assert.Equal(("tempfail", true), (client.Rcpt("b@x.example").Outcome, client.Rcpt("c@x.example").IsDegraded));
        store.IsDegraded = false;
        Assert.False(client.Rcpt("d@x.example").IsDegraded);
    }

    private static Decision Play(Phase phase, string failure, string policy)
    {
        var client = new Scenario(policy) { OtherStore = new BrokenStore(failure), Engine = new EngineOptions { OnError = OnError.Tempfail } }.Connect();
        if (phase is > Phase.Mail and < Phase.Unknown or Phase.Abort)
        {
            client.Mail();
        }

        return phase switch
        {
            Phase.Connect => client.Connected,
            Phase.Helo => client.Helo(),
            Phase.Mail => client.Mail(),
            Phase.Rcpt => client.Rcpt("a@x.example"),
            Phase.Data => client.Data(),
            Phase.Header => client.Header("A", "b"),
            Phase.Eoh => client.Eoh(),
            Phase.Body => client.Body("text"),
            Phase.Eom => client.Eom(),
            Phase.Unknown => client.Unknown("FOO"),
            Phase.Abort => client.Abort(),
            _ => client.Close(),
        };
    }

    private static bool IsAnswered(Phase phase) => phase < Phase.Abort;

    private static string Word(Phase phase) => phase.ToString().ToLowerInvariant();

    private sealed class DegradedStore : IStateStore
    {
        private readonly WindowStore _inner = new();

        public bool IsDegraded { get; set; } = true;

        public ValueTask ExecuteAsync(StateBatch batch, DateTimeOffset now, CancellationToken cancellationToken)
        {
            batch.IsDegraded = IsDegraded;
            return _inner.ExecuteAsync(batch, now, cancellationToken);
        }
    }

    /// <summary>Fails in one of three ways while there is no other store inside.</summary>
    private sealed class BrokenStore(string failure) : IStateStore
    {
        public WindowStore? Inner { get; set; }

        public ValueTask ExecuteAsync(StateBatch batch, DateTimeOffset now, CancellationToken cancellationToken) =>
            Inner?.ExecuteAsync(batch, now, cancellationToken) ?? failure switch
            {
                "down" => throw new StateStoreException("down"),
                "late" => ValueTask.FromException(new OperationCanceledException()),
                _ => throw new InvalidOperationException("a bug"),
            };
    }
}
