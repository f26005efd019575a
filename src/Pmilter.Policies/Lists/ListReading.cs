namespace Pmilter.Policies.Lists;

/// <summary>What list contents are compared with when they are read.</summary>
public sealed record ListReading
{
    /// <summary>Lines whose <c>until</c> is past are left out. Default: none is.</summary>
    public DateTimeOffset Now { get; init; } = DateTimeOffset.MinValue;

    /// <summary>Entries that a list of that name in that policy file had before, for <c>max_shrink</c>; null when it is new.</summary>
    public Func<string, string, int?> PreviousCount { get; init; } = (_, _) => null;
}
