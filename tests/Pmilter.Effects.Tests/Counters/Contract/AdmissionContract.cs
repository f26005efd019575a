using CsCheck;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Tests.Counters.Contract;

/// <summary>Arrival patterns are gaps in milliseconds: bursts (0), small steps, and steps about as long as the window.</summary>
public abstract class AdmissionContract<TKind> : StateStoreContract<TKind>
    where TKind : IStoreKind, new()
{
    private const int WindowMs = 1_200;
    private const int SlotMs = WindowMs / 60;

    private static readonly CounterDefinition Events = StoreDriver.Counter(seconds: WindowMs / 1000d);

    private static readonly Gen<int[]> Gaps = Gen.Frequency(
        (4, Gen.Const(0)), (6, Gen.Int[1, 10]), (4, Gen.Int[1, 100]), (1, Gen.Int[WindowMs - 2, WindowMs + 2]), (1, Gen.Int[0, 3_000])).Array[1, 250];

    [Theory]
    [InlineData(512, false, true)]
    [InlineData(512, true, true)]
    [InlineData(512, false, false)]
    [InlineData(8, false, true)]
    [InlineData(8, true, true)]
    [InlineData(8, false, false)]
    public void Admission_AnyArrivalPattern_NeverMoreThanMaxInAnyWindow(int exactEvents, bool hold, bool ignoresRefused) =>
        Gen.Select(Gaps, Gen.Int[1, 40]).Sample(
            (gaps, max) =>
            {
                var store = NewStore(exactEvents, 100);
                var held = new HoldDefinition("p/r", TimeSpan.FromMilliseconds(300));
                var admitted = new List<long>();
                long now = 0;
                foreach (var gap in gaps)
                {
                    now += gap;
                    var hit = store.Hit(Events, now);
                    var isHeld = hold && store.Hold(held, now) > StoreDriver.At(now);
                    if (!isHeld && hit.Value <= max)
                    {
                        admitted.Add(now);
                        continue;
                    }

                    if (hold && !isHeld)
                    {
                        store.Hold(held, now, start: true);
                    }

                    if (ignoresRefused || isHeld)
                    {
                        store.Undo(hit, now);
                    }
                }

                Assert.All(admitted, at => Assert.True(admitted.Count(other => other > at - WindowMs && other <= at) <= max));
            },
            iter: Samples);

    [Theory]
    [InlineData(512)]
    [InlineData(8)]
    public void Hit_AgainstANaiveModel_NeverUnderAndAtMostOneSlotTooStrict(int exactEvents) =>
        Gen.Select(Gaps, Gen.Int[0, 3].Array[250]).Sample(
            (gaps, undos) =>
            {
                var store = NewStore(exactEvents, 100);
                var live = new List<(long At, StateOperation Hit)>();
                var past = new List<StateOperation>();
                var slack = new List<long>();
                long now = 0;
                for (var i = 0; i < gaps.Length; i++)
                {
                    now += gaps[i];
                    var hit = store.Hit(Events, now);
                    live.Add((now, hit));
                    slack.Add(now);
                    if (undos[i] == 0)
                    {
                        var victim = live[i * 7 % live.Count];
                        live.Remove(victim);
                        slack.Remove(victim.At);
                        store.Undo(victim.Hit, now);
                        past.Add(victim.Hit);
                    }

                    if (undos[i] == 1 && past.Count > 0)
                    {
                        store.Undo(past[^1], now);
                    }

                    var value = store.Read(Events, now);
                    var exact = live.Count(item => item.At > now - WindowMs);
                    var strict = slack.Count(at => at > now - WindowMs - (exactEvents == 8 ? SlotMs : 0));
                    Assert.InRange(value, exact, strict);
                }
            },
            iter: Samples);

    [Theory]
    [InlineData(512)]
    [InlineData(8)]
    public void Hit_ClockStepsBack_NeverUnderCountsWhatTheNewestTimeStillSees(int exactEvents) =>
        Gen.Int[-200, 200].Array[1, 200].Sample(
            steps =>
            {
                var store = NewStore(exactEvents, 100);
                long now = 10_000, newest = 0;
                var seen = new List<long>();
                foreach (var step in steps)
                {
                    now = Math.Max(now + step, newest - 900);
                    newest = Math.Max(newest, now);
                    seen.Add(newest);
                    var value = store.Hit(Events, now).Value;
                    Assert.True(value >= seen.Count(at => at > newest - WindowMs));
                }
            },
            iter: Samples);

    [Theory]
    [InlineData(512, 1.0)]
    [InlineData(8, 1.0 + (1.0 / 60))]
    public void SteadySender_UnderTheLimit_IsNeverRefused(int exactEvents, double margin) =>
        Gen.Int[10, 60].Sample(
            max =>
            {
                var store = NewStore(exactEvents, 100);
                var every = (long)Math.Ceiling(WindowMs * margin / max);
                for (var i = 0; i < 400; i++)
                {
                    Assert.True(store.Hit(Events, i * every).Value <= max);
                }
            },
            iter: Math.Max(Samples / 5, 2));

    [Fact]
    public void Distinct_AgainstANaiveModel_IsExactWithUndo()
    {
        var counter = StoreDriver.Counter(WindowKind.Distinct, seconds: WindowMs / 1000d);
        Gen.Select(Gaps, Gen.Int[0, 12].Array[250], Gen.Int[0, 2].Array[250]).Sample(
            (gaps, members, undos) =>
            {
                var store = NewStore();
                var events = new List<(long At, StateOperation Hit)>();
                long now = 0;
                for (var i = 0; i < gaps.Length; i++)
                {
                    now += gaps[i];
                    var hit = store.Hit(counter, now, member: $"m{members[i]}");
                    events.Add((now, hit));
                    if (undos[i] == 0)
                    {
                        var victim = events[^(1 + (i % Math.Min(events.Count, 100)))];
                        events.Remove(victim);
                        store.Undo(victim.Hit, now);
                        store.Undo(victim.Hit, now);
                    }

                    var expected = events.Where(item => item.At > now - WindowMs).Select(item => item.Hit.Member).Distinct().Count();
                    Assert.Equal(expected, store.Read(counter, now));
                }
            },
            iter: Samples);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(8)]
    public void RetryAt_IsTheFirstMomentAtWhichTheCountIsLowEnough(int exactEvents) =>
        Gen.Select(Gaps, Gen.Int[0, 20]).Sample(
            (gaps, target) =>
            {
                var store = NewStore(exactEvents, 100);
                long now = 0;
                foreach (var gap in gaps)
                {
                    now += gap;
                    store.Hit(Events, now);
                }

                var at = (store.RetryAt(Events, now, target) - StoreDriver.Start).TotalMilliseconds;
                Assert.True(at == now || store.Read(Events, at - 0.001) > target);
                Assert.True(store.Read(Events, at) <= target);
            },
            iter: Samples);
}
