using CsCheck;
using Pmilter.Effects.Counters;
using Pmilter.Policies.Compilation;
using Pmilter.Policies.Evaluation;
using Pmilter.Policies.Notices;
using Pmilter.TestKit.Scenarios;

namespace Pmilter.Tests.Engine;

public sealed class NoticeTests
{
    private const string Hold = """
        policy: p
        counters:
          c: { phase: mail, count: messages, key: [client_ip], window: 60s }
        rules:
          - id: many
            phase: mail
            limit: { counter: c, max: 2, hold: 1h }
            then:
              - notify: oncall
              - tempfail
        """;

    private const string Ban = """
        policy: p
        bans:
          b: { key: [client_ip], for: 10m }
        rules:
          - id: bait
            phase: rcpt
            when: "rcpt_to_user = 'trap'"
            then:
              - ban: b
              - notify: { target: oncall, text: '{client_ip} fell for {rcpt_to}, banned for {retry_after}' }
              - reject
        """;

    private const string Plain = """
        policy: p
        rules:
          - { id: seen, phase: mail, when: is_bounce, then: [ { notify: oncall } ] }
        """;

    [Fact]
    public void Hold_TenThousandRefusedMessages_GiveOneNotice()
    {
        var scenario = Run(Hold);
        var decisions = Enumerable.Range(0, 10_000).Select(_ => scenario.Send()).ToArray();

        Assert.Equal(9_998, decisions.Count(decision => decision.Outcome == "tempfail"));
        var notice = Assert.Single(decisions.SelectMany(decision => decision.Notices));
        Assert.Equal(("oncall", NoticeCause.Hold, "p/many", "203.0.113.9", "tempfail"), (notice.Target, notice.Cause, notice.Subject, notice.Key, notice.Outcome));
        Assert.Equal((3d, 2d), (notice.Counter!.Value, notice.Counter.Max));
        Assert.Equal("Hold p/many of 203.0.113.9 until 2026-01-05 01:00:00 UTC (p/c: 3 > 2)", notice.Text);
    }

    [Fact]
    public void Hold_BeginningAgain_IsANewNotice_AndEachKeyHasItsOwn()
    {
        var scenario = Run(Hold.Replace("hold: 1h", "hold: 10s", StringComparison.Ordinal));
        Assert.Equal(1, Sent("203.0.113.9"));
        Assert.Equal(1, Sent("203.0.113.10"));
        Assert.Equal(0, Sent("203.0.113.9"));
        scenario.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1, Sent("203.0.113.9"));

        int Sent(string ip) => Enumerable.Range(0, 5).Sum(_ => scenario.Send(ip).Notices.Count);
    }

    [Fact]
    public void Hold_WithAtMost_IsBoundByIt()
    {
        var scenario = Run(Hold.Replace("hold: 1h", "hold: 10s", StringComparison.Ordinal), new NoticeQuota(2, TimeSpan.FromHours(1)));
        var sent = 0;
        for (var i = 0; i < 100; i++)
        {
            sent += scenario.Send().Notices.Count + scenario.Send().Notices.Count + scenario.Send().Notices.Count;
            scenario.Time.Advance(TimeSpan.FromSeconds(20));
        }

        Assert.Equal(2, sent);
    }

    [Fact]
    public void Ban_Renewed_IsNotTold_BeginningAnew_IsTold()
    {
        var scenario = Run(Ban);
        Assert.Equal("203.0.113.9 fell for trap@x.example, banned for 600 s", Assert.Single(Trap()).Text);
        Assert.Empty(Trap());
        Assert.Empty(Trap());
        scenario.Time.Advance(TimeSpan.FromMinutes(10));
        var again = Assert.Single(Trap());
        Assert.Equal((NoticeCause.Ban, "p/b", scenario.Time.GetUtcNow() + TimeSpan.FromMinutes(10)), (again.Cause, again.Subject, again.Until));

        IReadOnlyList<Notice> Trap()
        {
            var client = scenario.Connect();
            client.Mail();
            return client.Rcpt("trap@x.example").Notices;
        }
    }

    [Fact]
    public void Rule_WithoutBanOrHold_TellsOnceAnHour()
    {
        var scenario = Run(Plain);
        Assert.Equal("Rule p/seen fired for seen", Assert.Single(scenario.Connect().Mail(string.Empty).Notices).Text);
        scenario.Time.Advance(TimeSpan.FromMinutes(59));
        Assert.Empty(scenario.Connect().Mail(string.Empty).Notices);
        scenario.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Single(scenario.Connect().Mail(string.Empty).Notices);
    }

    [Theory]
    [InlineData(Hold)]
    [InlineData(Plain)]
    public void Monitored_SendsNothing_AndWouldSaysWhatItWould(string policy)
    {
        var scenario = Run(policy.Replace("policy: p", "policy: p\nmode: monitor", StringComparison.Ordinal));
        var decisions = Enumerable.Range(0, 50).Select(_ => Mailed(scenario)).ToArray();

        Assert.Empty(decisions.SelectMany(decision => decision.Notices));
        var would = decisions.SelectMany(decision => decision.Would).Where(one => one.Outcome == "notify");
        Assert.StartsWith("oncall: ", Assert.Single(would).ReplyText, StringComparison.Ordinal);

        static Decision Mailed(Scenario scenario)
        {
            var client = scenario.Connect();
            var decision = client.Mail(string.Empty);
            client.Eom();
            return decision;
        }
    }

    [Theory]
    [InlineData("127.0.0.1", "", true, 0)]
    [InlineData("::1", "", true, 0)]
    [InlineData("127.0.0.1", "user@example.jp", true, 1)]
    [InlineData("203.0.113.9", "", true, 1)]
    [InlineData("127.0.0.1", "", false, 1)]
    public void MailTarget_OfWhatMayBeItsOwnNotice_IsNotTold(string ip, string from, bool isMail, int expected)
    {
        var scenario = Run(Plain.Replace("when: is_bounce, ", string.Empty, StringComparison.Ordinal), isMail: isMail);

        Assert.Equal(expected, scenario.Connect(ip).Mail(from).Notices.Count);
    }

    [Fact]
    public void StoreThatFails_GivesNoNotice()
    {
        var scenario = new Scenario(Options(null, isMail: false), Plain) { OtherStore = new BrokenStore() };
        var decision = scenario.Connect().Mail(string.Empty);

        Assert.Empty(decision.Notices);
        Assert.NotEmpty(decision.Errors);
    }

    [Fact]
    public void AtMost_AnyArrivalPattern_IsNeverPassedInAnyWindow() =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[0, 4_000].Array[1, 200], (atMost, gaps) => (AtMost: atMost, Gaps: gaps)).Sample(
            play =>
            {
                var window = TimeSpan.FromSeconds(60);
                var scenario = Run(Plain, new NoticeQuota(play.AtMost, window));
                var sent = new List<DateTimeOffset>();
                foreach (var gap in play.Gaps)
                {
                    scenario.Time.Advance(TimeSpan.FromMilliseconds(gap * 5));
                    if (scenario.Connect().Mail(string.Empty).Notices.Count > 0)
                    {
                        sent.Add(scenario.Time.GetUtcNow());
                    }
                }

                Assert.NotEmpty(sent);
                Assert.All(sent, (at, i) => Assert.True(i < play.AtMost || at - sent[i - play.AtMost] >= window));
            },
            iter: 100);

    [Fact]
    public void Requirements_OfAMailTarget_AskForClientAndSender()
    {
        var policy = "policy: p\nrules:\n  - { id: r, phase: eoh, when: \"subject = 'x'\", then: [ { notify: oncall } ] }\n";
        Assert.False(Compiled.Compile(Options(null, isMail: false), policy).Needs(Policies.Mail.Phase.Mail));
        Assert.True(Compiled.Compile(Options(null, isMail: true), policy).Needs(Policies.Mail.Phase.Mail));
    }

    private static Scenario Run(string policy, NoticeQuota? atMost = null, bool isMail = false) =>
        new(Options(atMost, isMail), policy) { OtherStore = new MemoryStateStore() };

    private static CompilerOptions Options(NoticeQuota? atMost, bool isMail) => new()
    {
        Now = Scenario.Start,
        NoticeTargets = new Dictionary<string, NoticeTarget>(StringComparer.Ordinal) { ["oncall"] = new(atMost, isMail) },
    };

    private sealed class BrokenStore : Policies.State.IStateStore
    {
        public ValueTask ExecuteAsync(Policies.State.StateBatch batch, DateTimeOffset now, CancellationToken cancellationToken) =>
            throw new Policies.State.StateStoreException("away");
    }
}
