using CsCheck;
using Pmilter.Policies.Fuses;
using Pmilter.Protocol.Replies;
using Pmilter.TestKit.Scenarios;

namespace Pmilter.Tests.Engine;

/// <summary><c>fuse</c>: what a rule may refuse at most, under a virtual clock.</summary>
public sealed class FuseTests
{
    private const string All = "policy: p\nrules:\n  - { id: r, phase: PHASE, then: [ STEP ] }\ngreylists: { g: { key: [client_ip] } }\n";
    private const string Some = "policy: p\nrules:\n  - { id: r, phase: mail, when: \"mail_from_user = 'bad'\", then: [ reject: '5.7.1 no' ] }\n";
    private const string Two = "policy: p\nrules:\n  - { id: a, phase: mail, when: \"mail_from_user = 'a'\", then: [ reject ] }\n  - { id: b, phase: mail, when: \"mail_from_user = 'b'\", then: [ reject ] }\n";

    [Theory]
    [InlineData("connect", "reject", 19)]
    [InlineData("helo", "reject", 19)]
    [InlineData("mail", "tempfail", 19)]
    [InlineData("rcpt", "reject", 19)]
    [InlineData("eoh", "discard", 19)]
    [InlineData("eom", "quarantine: bad", 19)]
    [InlineData("eom", "reject", 19)]
    [InlineData("rcpt", "greylist: g", 60)]
    public void Rule_ThatRefusesEverything_DoesSoUntilTheFuseBlows(string phase, string step, int refused)
    {
        var board = Board(0.1, 20);
        var scenario = Make(board, All.Replace("PHASE", phase, StringComparison.Ordinal).Replace("STEP", step, StringComparison.Ordinal));

        var decisions = Enumerable.Range(0, 60).Select(n => scenario.Connect(ip: $"203.0.113.{n}")).Select(client => client.Connected.Rule is null ? WithHelo(client) : client.Connected).ToArray();

        Assert.Equal(refused, decisions.Count(decision => decision.Rule is not null));
        Assert.All(decisions.Skip(refused), decision => Assert.Null(decision.Rule));
        Assert.Equal(refused < 60 ? ["p/r"] : [], board.Fuses.Where(fuse => fuse.Blown is not null).Select(fuse => fuse.Name));
    }

    [Fact]
    public void Rule_WhoseFuseHasBlown_LeavesWhatItWouldHaveDone()
    {
        var scenario = Make(Board(0.1, 2), Some);
        Send(scenario, "bad");

        var decision = scenario.Connect().Mail("bad@b.example");

        Assert.Equal((null, VerdictKind.Continue), (decision.Rule, decision.Verdict.Kind));
        Assert.Equal(("r", "reject"), (Assert.Single(decision.Would).Rule.Id, decision.Would[0].Outcome));
    }

    /// <summary>The promise: of a rule that has gone wrong, min - 1 messages at most, or the share of those that came.</summary>
    [Fact]
    public void Refusals_OfAnyTraffic_AreNeverMoreThanTheBound() =>
        Gen.Select(Gen.Double[0.01, 0.9], Gen.Int[1, 40], Gen.Bool.Array[1, 300], Gen.Int[0, 4000].Array[300]).Sample((share, min, bad, pauses) =>
        {
            var board = Board(share, min);
            var scenario = Make(board, Some);
            var (seen, refused) = (0, 0);
            for (var n = 0; n < bad.Length; n++)
            {
                scenario.Time.Advance(TimeSpan.FromMilliseconds(pauses[n]));
                seen++;
                refused += Send(scenario, bad[n] ? "bad" : "good") ? 1 : 0;

                // 300 messages of at most 4 s are over twice the window: what has left it may be refused again.
                var now = scenario.Time.GetUtcNow();
                Assert.True(Refusals(board, now) <= Math.Max(min - 1, share * board.Messages(now)) || board.Fuses.Single().Blown is not null);
            }

            return seen >= refused;
        }, iter: 60);

    /// <summary>Without time passing the whole run is one window.</summary>
    [Fact]
    public void Refusals_WithinOneWindow_AreNeverMoreThanTheBound() =>
        Gen.Select(Gen.Double[0.01, 0.9], Gen.Int[1, 60], Gen.Bool.Array[1, 400]).Sample((share, min, bad) =>
        {
            var scenario = Make(Board(share, min), Some);
            var refused = bad.Count(isBad => Send(scenario, isBad ? "bad" : "good"));

            return refused <= Math.Max(min - 1, share * bad.Length);
        }, iter: 100);

    [Fact]
    public void Rule_ThatRefusesLessThanItsShare_NeverBlows() =>
        Gen.Select(Gen.Int[2, 30], Gen.Int[1, 50], Gen.Int[0, 90]).Sample((every, min, seconds) =>
        {
            // One of "every" is refused, which is at most the share from the first message on.
            var board = Board(1.0 / every, Math.Max(min, every));
            var scenario = Make(board, Some);
            for (var n = 1; n <= 300; n++)
            {
                // Slots are left as wholes, so that time passes between rounds only.
                scenario.Time.Advance(n % every == 1 ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero);
                Assert.Equal(n % every == 0, Send(scenario, n % every == 0 ? "bad" : "good"));
            }

            return board.Fuses.All(fuse => fuse.Blown is null);
        }, iter: 60);

    [Fact]
    public void Refusals_OfThreadsAtOnce_AreNeverMoreThanTheBound()
    {
        var board = Board(0.1, 200);
        var refused = 0;

        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, thread =>
        {
            var scenario = Make(board, Some);
            for (var n = 0; n < 500; n++)
            {
                if (Send(scenario, "bad"))
                {
                    Interlocked.Increment(ref refused);
                }
            }
        });

        Assert.InRange(refused, 1, 199);
        Assert.NotNull(board.Fuses.Single().Blown);
    }

    [Fact]
    public void Message_WhoseRecipientsAreAllRefused_CountsOnce()
    {
        var board = Board(0.5, 2);
        var scenario = Make(board, All.Replace("PHASE", "rcpt", StringComparison.Ordinal).Replace("STEP", "reject", StringComparison.Ordinal));
        var client = scenario.Connect();
        client.Mail();

        Assert.All(Enumerable.Range(0, 30), n => Assert.Equal("r", client.Rcpt($"u{n}@example.jp").RuleOf()));

        var now = scenario.Time.GetUtcNow();
        Assert.Equal((1, 1), (Refusals(board, now), board.Messages(now)));
    }

    [Fact]
    public void Fuse_AfterItsWindow_HasForgotten()
    {
        var board = Board(0.1, 20);
        var scenario = Make(board, Some);
        Assert.Equal(19, Enumerable.Range(0, 19).Count(_ => Send(scenario, "bad")));

        scenario.Time.Advance(TimeSpan.FromMinutes(11));

        Assert.Equal(19, Enumerable.Range(0, 30).Count(_ => Send(scenario, "bad")));
    }

    [Fact]
    public void Fuse_ThatHasBlown_StaysSoUntilItIsArmed()
    {
        var board = Board(0.1, 20);
        var scenario = Make(board, Some);
        _ = Enumerable.Range(0, 20).Count(_ => Send(scenario, "bad"));
        scenario.Time.Advance(TimeSpan.FromDays(2));
        Assert.False(Send(scenario, "bad"));

        board.Arm("p/r");

        // The message that was let off is one of the twenty.
        Assert.Equal(18, Enumerable.Range(0, 30).Count(_ => Send(scenario, "bad")));
    }

    [Fact]
    public void Rule_WithAShareOfItsOwn_OrNone()
    {
        var own = new Dictionary<string, double?> { ["p/a"] = 0.8, ["p/b"] = null };
        var scenario = Make(new FuseBoard(new FuseOptions(0.1) { Min = 10, Rules = own }), Two);

        Assert.Equal(9, Enumerable.Range(0, 20).Count(_ => Send(scenario, "a")));
        Assert.Equal(20, Enumerable.Range(0, 20).Count(_ => Send(scenario, "b")));
    }

    [Fact]
    public void Greylist_WithAShareOfItsOwn_Counts()
    {
        var board = new FuseBoard(new FuseOptions(0.1) { Min = 10, Rules = new Dictionary<string, double?> { ["p/r"] = 0.5 } });
        var scenario = Make(board, All.Replace("PHASE", "rcpt", StringComparison.Ordinal).Replace("STEP", "greylist: g", StringComparison.Ordinal));

        Assert.Equal(9, Enumerable.Range(0, 30).Count(n => scenario.Send(ip: $"203.0.113.{n}").Verdict.Kind == VerdictKind.Tempfail));
    }

    [Fact]
    public void AllRulesTogether_HaveAFuseOfTheirOwn()
    {
        var board = new FuseBoard(new FuseOptions(0.6) { Min = 10, ShareOfAll = 0.6 });
        var scenario = Make(board, Two);

        var refused = Enumerable.Range(0, 40).Count(n => Send(scenario, n % 2 == 0 ? "a" : "b"));

        Assert.Equal(9, refused);
        Assert.Equal("all", Assert.Single(board.Fuses, fuse => fuse.Blown is not null).Name);
    }

    [Fact]
    public void Policy_ThatIsExempt_HasNoFuse()
    {
        var scenario = Make(new FuseBoard(new FuseOptions(0.1) { Min = 10, ShareOfAll = 0.1, Exempt = ["p"] }), Some);

        Assert.Equal(50, Enumerable.Range(0, 50).Count(_ => Send(scenario, "bad")));
    }

    private static FuseBoard Board(double share, int min) => new(new FuseOptions(share) { Min = min });

    private static Scenario Make(FuseBoard board, string policy) => new(policy) { Engine = new() { Fuses = board } };

    private static bool Send(Scenario scenario, string user) => scenario.Send(from: $"{user}@b.example").Rule is not null;

    private static long Refusals(FuseBoard board, DateTimeOffset now) => board.Fuses.Sum(fuse => fuse.Refused(now));

    private static Policies.Evaluation.Decision WithHelo(SmtpClient client)
    {
        var greeted = client.Helo();
        return greeted.Rule is not null || greeted.Would.Count > 0 ? greeted : client.Connected.Would.Count > 0 ? client.Connected : client.Send("a@b.example", "hello");
    }
}
