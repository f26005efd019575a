using CsCheck;
using Pmilter.Safety;

namespace Pmilter.Tests.Safety;

/// <summary>Servers that change things apart and meet in any order agree, and nothing that was ended comes back.</summary>
public sealed class InterventionLedgerTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 3, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Removal_IsNotUndoneByAStaleCopy()
    {
        var one = Change(Interventions.None, current => current with { Lowered = [Lowered("p/a", hours: 5)] }, Now);
        var stale = Meet(Interventions.None, one, Now).Next;
        var ended = Change(one, current => current with { Lowered = [] }, Now.AddMinutes(1));

        var (next, taken, untold) = Meet(stale, ended, Now.AddMinutes(2));

        Assert.Empty(next.Lowered);
        Assert.Equal("p/a is as its file says again", Assert.Single(taken).What);
        Assert.Empty(untold);
        Assert.Empty(Meet(ended, stale, Now.AddMinutes(2)).Next.Lowered);
        Assert.False(Assert.Single(Meet(ended, stale, Now.AddMinutes(2)).Untold).IsInForce);
    }

    [Fact]
    public void Shortened_AndOver_IsNotUndoneByAStaleCopyThatIsLonger()
    {
        var one = Change(Interventions.None, current => current with { Lowered = [Lowered("p/a", hours: 50)] }, Now);
        var shortened = Change(one, current => current with { Lowered = [Lowered("p/a", hours: 1)] }, Now.AddMinutes(1));
        var later = Now.AddHours(2);

        Assert.Empty(Meet(shortened.At(later), one, later).Next.Lowered);
        Assert.Empty(Meet(one, shortened, later).Next.At(later).Lowered);
    }

    [Fact]
    public void Copy_OfBeforeThereWereMarks_IsToldOnce()
    {
        var old = Interventions.None with { Lowered = [Lowered("p/a", hours: 5)] };

        var (next, _, untold) = InterventionLedger.Merge(old, [], Now);

        Assert.Equal("mode:p/a", Assert.Single(untold).Key);
        Assert.Empty(InterventionLedger.Merge(next, untold, Now).Untold);
        Assert.Empty(InterventionLedger.Merge(old, untold, Now).Untold);
    }

    [Fact]
    public void Fuse_ThatIsArmed_StaysArmed_AndOneThatBlowsAgainIsTold()
    {
        var blown = Change(Interventions.None, current => current with { Blown = [Blown("p/a")] }, Now);
        var armed = Change(blown, current => current with { Blown = [] }, Now.AddMinutes(1));
        Assert.Empty(Meet(blown, armed, Now.AddDays(30)).Next.Blown);

        var again = Change(armed, current => current with { Blown = [Blown("p/a")] }, Now.AddMinutes(2));
        Assert.Single(Meet(armed, again, Now.AddDays(300)).Next.Blown);
    }

    [Fact]
    public void Servers_ThatChangeAnything_AndMeetInAnyOrder_Agree()
    {
        var step = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 3], Gen.Bool);
        step.List[1, 40].Sample(steps =>
        {
            Interventions[] servers = [Interventions.None, Interventions.None, Interventions.None];
            var at = Now;
            var newest = new Dictionary<string, bool>(StringComparer.Ordinal);
            foreach (var (who, other, what, isMeeting) in steps)
            {
                at += TimeSpan.FromMilliseconds(1);
                if (isMeeting)
                {
                    servers[who] = Meet(servers[who], servers[other], at).Next;
                    continue;
                }

                var rule = $"p/{what}";
                var isLowered = servers[who].Lowered.Any(lowered => lowered.Rule == rule);
                servers[who] = Change(servers[who], current => current with { Lowered = [.. current.Lowered.Where(lowered => lowered.Rule != rule), .. isLowered ? Array.Empty<LoweredRule>() : [Lowered(rule, hours: 5)]] }, at);
                newest[rule] = !isLowered;
            }

            for (var round = 0; round < 2; round++)
            {
                foreach (var (one, two) in new[] { (0, 1), (1, 2), (2, 0) })
                {
                    servers[one] = Meet(servers[one], servers[two], at).Next;
                    servers[two] = Meet(servers[two], servers[one], at).Next;
                }
            }

            var expected = newest.Where(pair => pair.Value).Select(pair => pair.Key).Order(StringComparer.Ordinal).ToArray();
            return servers.All(server => server.Lowered.Select(lowered => lowered.Rule).Order(StringComparer.Ordinal).SequenceEqual(expected));
        });
    }

    private static LoweredRule Lowered(string rule, int hours) => new(rule, Now, Now.AddHours(hours), "alice", "why");

    private static BlownRule Blown(string rule) => new(rule, Now, 10, 10, 0.5, TimeSpan.FromMinutes(10));

    private static Interventions Change(Interventions own, Func<Interventions, Interventions> change, DateTimeOffset now) =>
        InterventionLedger.Marked(own.At(now), change(own.At(now)), "alice", now);

    /// <summary>As through a register that holds all that the other knows.</summary>
    private static (Interventions Next, IReadOnlyList<SharedIntervention> Taken, IReadOnlyList<SharedIntervention> Untold) Meet(Interventions own, Interventions other, DateTimeOffset now) =>
        InterventionLedger.Merge(own, InterventionLedger.Merge(other, [], now).Untold, now);
}
