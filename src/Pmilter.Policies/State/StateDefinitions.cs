namespace Pmilter.Policies.State;

/// <summary>How a window adds up its events.</summary>
public enum WindowKind
{
    /// <summary>Events, each counting its amount (1).</summary>
    Count,

    /// <summary>The sum of amounts.</summary>
    Sum,

    /// <summary>Different values.</summary>
    Distinct,

    /// <summary>A gauge: hits minus undone hits, no window (open connections).</summary>
    Gauge,
}

/// <summary>
/// A counter as a store sees it. Two definitions that are equal in name, kind, window and key text share state; a reload that
/// changes one of these starts empty, other bounds take effect at once. An event at t counts at now if t &gt; now − window.
/// </summary>
/// <param name="Name">Full name, <c>policy/counter</c>; <c>policy/counter~would</c> is the shadow copy that monitor rules read.</param>
/// <param name="Kind">How events add up.</param>
/// <param name="Window">1 s to 31 d; zero for a gauge.</param>
/// <param name="KeyText">The key's expressions as written: part of the identity.</param>
/// <param name="MaxKeys">Keys kept at most (default 100,000).</param>
/// <param name="MaxMemoryBytes">Memory at most (default 64 MB).</param>
/// <param name="IsLocal">Never shared through Redis.</param>
/// <param name="HalfFull">A key with a count above this is not evicted first: half of the largest limit that reads it; 0 when unknown.</param>
public sealed record CounterDefinition(
    string Name, WindowKind Kind, TimeSpan Window, string KeyText, int MaxKeys, long MaxMemoryBytes, bool IsLocal, double HalfFull)
{
    /// <summary>What makes two definitions one counter; the other values are bounds, which a reload may move.</summary>
    public bool SharesStateWith(CounterDefinition other) =>
        string.Equals(Name, other.Name, StringComparison.Ordinal)
        && Kind == other.Kind
        && Window == other.Window
        && string.Equals(KeyText, other.KeyText, StringComparison.Ordinal);
}

/// <summary>The hold of one rule; its name alone is its identity: a running hold keeps its end over a reload.</summary>
/// <param name="Name">Full name, <c>policy/rule</c>; <c>~would</c> behind it for a monitor rule.</param>
/// <param name="For">A fixed time from the first refusal.</param>
public sealed record HoldDefinition(string Name, TimeSpan For);

/// <summary>A ban; its name alone is its identity: a running ban keeps its end over a reload.</summary>
/// <param name="Name">Full name, <c>policy/ban</c>; <c>~would</c> behind it for the shadow copy.</param>
/// <param name="Steps">Each repeat within <paramref name="Forget"/> takes the next; the last stays. Null: until lifted. At least one.</param>
/// <param name="Forget">How long after its end a ban is remembered, so that the next is a repeat. Default 7 d.</param>
public sealed record BanDefinition(string Name, IReadOnlyList<TimeSpan?> Steps, TimeSpan Forget);
