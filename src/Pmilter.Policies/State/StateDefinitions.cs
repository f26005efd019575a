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
public sealed record BanDefinition(string Name, IReadOnlyList<TimeSpan?> Steps, TimeSpan Forget)
{
    /// <summary>Its key's expressions as written, for whoever bans by hand.</summary>
    public IReadOnlyList<string> KeyTexts { get; init; } = [];
}

/// <summary>What <c>remember:</c> writes; its name alone is its identity.</summary>
/// <param name="Name">Full name, <c>policy/memory</c>; <c>~would</c> behind it for the shadow copy.</param>
/// <param name="For">How long a key is remembered after it was last written.</param>
public sealed record MemoryDefinition(string Name, TimeSpan For);

/// <summary>A greylist. Two definitions that are equal in name and key text share state; times are those of the newest.</summary>
/// <param name="Name">Full name, <c>policy/greylist</c>; <c>~would</c> behind it for the shadow copy.</param>
/// <param name="KeyText">The tuple's expressions as written: part of the identity.</param>
/// <param name="Delay">A retry passes when the tuple was first seen that long ago, or longer.</param>
/// <param name="RetryWithin">After that time without passing, the tuple is new again.</param>
/// <param name="Remember">How long a tuple that has passed, and a client's trust, last after they were last used.</param>
/// <param name="TrustClientAfter">A client that has passed with that many tuples is trusted; 0: never.</param>
/// <param name="LearnFor">From the greylist's first use on everybody passes that long, and is noted; zero: not at all.</param>
/// <param name="AdoptsShadow">No monitor rule uses it any more: a tuple or client that it does not know is looked for in the shadow copy.</param>
public sealed record GreylistDefinition(
    string Name, string KeyText, TimeSpan Delay, TimeSpan RetryWithin, TimeSpan Remember, int TrustClientAfter, TimeSpan LearnFor, bool AdoptsShadow)
{
    /// <summary>Behind a name: the layer that only monitor rules write.</summary>
    public const string ShadowSuffix = "~would";

    public bool SharesStateWith(GreylistDefinition other) =>
        string.Equals(Name, other.Name, StringComparison.Ordinal) && string.Equals(KeyText, other.KeyText, StringComparison.Ordinal);
}

/// <summary>All that a policy set may ask a store for: what a store keeps when the set has taken over.</summary>
public sealed record StateInventory
{
    public static StateInventory Empty { get; } = new();

    public IReadOnlyList<CounterDefinition> Counters { get; init; } = [];

    public IReadOnlyList<HoldDefinition> Holds { get; init; } = [];

    public IReadOnlyList<BanDefinition> Bans { get; init; } = [];

    public IReadOnlyList<MemoryDefinition> Memories { get; init; } = [];

    /// <summary>With the shadow copies that others adopt.</summary>
    public IReadOnlyList<GreylistDefinition> Greylists { get; init; } = [];
}
