using CsCheck;
using Pmilter.Effects.Counters;
using Pmilter.TestKit.Scenarios;

namespace Pmilter.Tests.Engine;

/// <summary>From the text of a policy to decisions: several connections at once, any gaps, aborts and disconnects anywhere.</summary>
public sealed class LimitPropertyTests
{
    private const int Iterations = 80;

    private static readonly int[] Gaps = [0, 0, 0, 1, 40, 300, 2_000, 3_999, 4_000, 9_999, 10_000, 27_000];

    private static readonly Gen<(int Client, int Gap, int Key, int Choice)[]> Events =
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, Gaps.Length - 1].Select(i => Gaps[i]), Gen.Int[0, 2], Gen.Int[0, 999]).Array[0, 150];

    [Theory]
    [MemberData(nameof(LimitCase.All), MemberType = typeof(LimitCase))]
    public void Limit_AnyArrivalPattern_RefusesExactlyWhatIsAboveMax(LimitCase limit) =>
        Events.Sample(events => Play(limit, events), iter: Iterations);

    [Theory]
    [MemberData(nameof(LimitCase.All), MemberType = typeof(LimitCase))]
    public void Limit_EverythingAborted_LeavesNoCount(LimitCase limit) =>
        Events.Sample(
            events =>
            {
                var store = new MemoryStateStore();
                var scenario = new Scenario(limit.Policy) { OtherStore = store };
                foreach (var (_, gap, key, choice) in events)
                {
                    scenario.Time.Advance(TimeSpan.FromMilliseconds(gap));
                    var client = scenario.Connect();
                    client.Mail($"k{key}@x.example");
                    client.Rcpt($"u{choice % 6}@example.jp");
                    if (choice % 2 == 0)
                    {
                        client.Eoh();
                    }

                    client.Abort();
                    client.Close();
                }

                Assert.True(limit.CountsRefused || new MemoryStateView(store).Top("p/c", 10, scenario.Time.GetUtcNow()).All(key => key.Value == 0));
            },
            iter: Iterations / 4);

    [Theory]
    [MemberData(nameof(LimitCase.All), MemberType = typeof(LimitCase))]
    public void Limit_SteadySenderBelowIt_IsNeverRefused(LimitCase limit)
    {
        var scenario = new Scenario(limit.Policy) { OtherStore = new MemoryStateStore() };
        for (var i = 0; i < 2_000; i++)
        {
            Assert.Equal("continue", scenario.Connect().Send("steady@x.example", "good", $"u{i}@example.jp").Outcome);
            scenario.Time.Advance((LimitCase.Window / LimitCase.Max) + TimeSpan.FromMilliseconds(1));
        }
    }

    private static void Play(LimitCase limit, (int Client, int Gap, int Key, int Choice)[] events)
    {
        var scenario = new Scenario(limit.Policy) { OtherStore = new MemoryStateStore() };
        var model = new WindowModel(limit);
        var admitted = new List<ModelHit>();
        ModelledClient[] clients = [.. Enumerable.Range(0, 3).Select(_ => new ModelledClient(scenario, limit, model, admitted))];
        foreach (var (client, gap, key, choice) in events)
        {
            scenario.Time.Advance(TimeSpan.FromMilliseconds(gap));
            switch (choice % 25)
            {
                case 0:
                    clients[client].Disconnect();
                    break;
                case 1:
                    clients[client].Abort();
                    break;
                default:
                    clients[client].Step($"k{key}@x.example", choice / 25);
                    break;
            }
        }

        if (!limit.EmptiesAfter)
        {
            AssertWindows(limit, admitted);
        }
    }

    /// <summary>The promise itself, beside the model: no window holds more than max admitted events.</summary>
    private static void AssertWindows(LimitCase limit, List<ModelHit> admitted)
    {
        foreach (var hit in admitted)
        {
            var window = admitted.Where(each => each.Key == hit.Key && each.At <= hit.At && each.At > hit.At - LimitCase.Window);
            var count = limit.IsDistinct ? window.DistinctBy(each => each.Member).Count() : window.Count();
            Assert.InRange(count, 1, LimitCase.Max);
        }
    }
}
