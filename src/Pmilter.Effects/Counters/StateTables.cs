using System.Collections.Concurrent;
using Pmilter.Policies.State;

namespace Pmilter.Effects.Counters;

/// <summary>All that a <see cref="MemoryStateStore"/> holds. A snapshot is loaded into tables aside, which then take the others' place.</summary>
internal sealed class StateTables(StateBounds bounds, MemberHash hash)
{
    public StateBounds Bounds => bounds;

    /// <summary>Of keys and members.</summary>
    public MemberHash Hash => hash;

    public WindowClock Clock { get; } = new();

    public ConcurrentDictionary<CounterIdentity, CounterTable> Counters { get; } = new();

    public ConcurrentDictionary<string, DeadlineTable> Holds { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, DeadlineTable> Bans { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, DeadlineTable> Memories { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<(string Name, string KeyText), GreylistTable> Greylists { get; } = new();

    public CounterTable CounterOf(CounterDefinition definition) => Counters.GetOrAdd(
        CounterIdentity.Of(definition),
        static (_, state) => new CounterTable(
            state.definition,
            new WindowShape(state.definition.Window, state.self.Bounds.ExactEvents, state.self.Bounds.ExactMembers),
            state.self.Hash),
        (definition, self: this));

    public DeadlineTable TableIn(ConcurrentDictionary<string, DeadlineTable> tables, string name) =>
        tables.GetOrAdd(name, static (_, max) => new DeadlineTable(max), bounds.MaxDeadlines);

    public GreylistTable GreylistOf(string name, string keyText) =>
        Greylists.GetOrAdd((name, keyText), static (_, max) => new GreylistTable(max), bounds.MaxDeadlines);
}

/// <summary>Small in tests, so that they reach what lies beyond.</summary>
/// <param name="ExactEvents">Events of a key that are kept one by one.</param>
/// <param name="ExactMembers">Different values of a key that are kept one by one.</param>
/// <param name="MaxDeadlines">Keys of a hold, ban, memory or greylist.</param>
internal sealed record StateBounds(int ExactEvents, int ExactMembers, int MaxDeadlines);

/// <summary>What makes two definitions one counter.</summary>
internal sealed record CounterIdentity(string Name, WindowKind Kind, TimeSpan Window, string KeyText)
{
    public static CounterIdentity Of(CounterDefinition definition) =>
        new(definition.Name, definition.Kind, definition.Window, definition.KeyText);
}
