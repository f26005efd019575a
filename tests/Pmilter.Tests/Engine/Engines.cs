using Pmilter.Effects.Counters;
using Pmilter.Policies.Evaluation;
using Pmilter.Protocol.Negotiation;
using Pmilter.TestKit.Scenarios;

namespace Pmilter.Tests.Engine;

/// <summary>Scenarios over the store that the server runs with.</summary>
internal static class Engines
{
    public static Scenario Run(params string[] policies) => new(policies) { OtherStore = new MemoryStateStore() };

    public static Scenario RunUnder(Agreement agreement, params string[] policies) =>
        new(policies) { OtherStore = new MemoryStateStore(), Agreement = agreement };

    public static MemoryStateStore Memory(this Scenario scenario) => (MemoryStateStore)scenario.OtherStore!;

    public static MemoryStateView View(this Scenario scenario) => new(scenario.Memory());

    /// <summary>The sum over all keys.</summary>
    public static double CountOf(this Scenario scenario, string counter) =>
        scenario.View().Top(counter, 1000, scenario.Time.GetUtcNow()).Sum(key => key.Value);

    public static string RuleOf(this Decision decision) => decision.Rule?.Id ?? string.Empty;
}
