using System.Collections.Immutable;
using Pmilter.Policies.Text;

namespace Pmilter.Configuration;

/// <summary><c>fuse</c>: rules that refuse too much go to monitor. Left out of pmilter.yaml there are no fuses.</summary>
internal sealed record FuseSection
{
    /// <summary>What one rule may refuse of all messages. Default 10 %.</summary>
    public double Share { get; init; } = 0.1;

    /// <summary>Of fewer messages no share is taken. Default 200; 1 to 1,000,000.</summary>
    public int Min { get; init; } = 200;

    /// <summary>How far back is looked. Default 10 min; 10 s to 1 d.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A target of <c>notify</c>; empty, the default: the log alone tells.</summary>
    public string Notify { get; init; } = string.Empty;

    /// <summary>What all rules together may refuse; null, the default: there is no such fuse.</summary>
    public double? ShareOfAll { get; init; }

    /// <summary><c>policy/rule</c> → a share of its own; null for no fuse.</summary>
    public ImmutableDictionary<string, double?> Rules { get; init; } = ImmutableDictionary<string, double?>.Empty;

    /// <summary>The names of <see cref="Rules"/> as written: whether there is such a rule is known with the policies.</summary>
    public ImmutableArray<Located<string>> Written { get; init; } = [];
}
