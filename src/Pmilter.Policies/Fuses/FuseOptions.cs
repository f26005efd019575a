namespace Pmilter.Policies.Fuses;

/// <summary>When a rule has refused so much that it must be wrong.</summary>
/// <param name="Share">Of messages, 0 to 1; more than that is too much.</param>
public sealed record FuseOptions(double Share)
{
    /// <summary>The name under which all rules together are known.</summary>
    public const string All = "all";

    /// <summary>Of fewer messages no share is taken. Default 200.</summary>
    public int Min { get; init; } = 200;

    /// <summary>How far back is looked. Default 10 min.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>What all rules together may refuse; null, the default, for no fuse of that kind.</summary>
    public double? ShareOfAll { get; init; }

    /// <summary><c>policy/rule</c> → a share of its own, or null for no fuse.</summary>
    public IReadOnlyDictionary<string, double?> Rules { get; init; } = new Dictionary<string, double?>(StringComparer.Ordinal);

    /// <summary>Policies that have no fuses: what an operator blocks by hand.</summary>
    public IReadOnlyList<string> Exempt { get; init; } = [];
}
