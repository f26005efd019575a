using System.Collections.Immutable;
using Pmilter.Policies.Text;

namespace Pmilter.Policies.Lists.Broad;

/// <summary>In what an entry is broad.</summary>
internal enum BroadKind
{
    /// <summary>A large share of all addresses.</summary>
    Network,

    /// <summary>Everything below a public suffix: names that anybody can register.</summary>
    Suffix,

    /// <summary>A provider where anybody can have an address.</summary>
    Provider,
}

/// <summary>Entries that are no harm in a list of what is suspicious, and a hole in a list of exceptions.</summary>
internal sealed record BroadEntries(ImmutableArray<BroadGroup> Groups)
{
    public static BroadEntries None { get; } = new([]);
}

/// <summary>The broad entries of one kind.</summary>
/// <param name="Kind">What they have in common.</param>
/// <param name="Span">The first one.</param>
/// <param name="Entries">The first three, as compared.</param>
/// <param name="Count">How many there are.</param>
internal sealed record BroadGroup(BroadKind Kind, SourceSpan Span, ImmutableArray<string> Entries, int Count);
