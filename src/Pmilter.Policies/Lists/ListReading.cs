namespace Pmilter.Policies.Lists;

/// <summary>What list contents are compared with when they are read.</summary>
public sealed record ListReading
{
    /// <summary>Lines whose <c>until</c> is past are left out. Default: none is.</summary>
    public DateTimeOffset Now { get; init; } = DateTimeOffset.MinValue;

    /// <summary>What a test puts in the place of a list's items, by the list's name; null for what is written.</summary>
    public Func<string, Syntax.YamlNode?> Replacement { get; init; } = _ => null;

    /// <summary>Entries that a list of that name in that policy file had before, for <c>max_shrink</c>; null when it is new.</summary>
    public Func<string, string, int?> PreviousCount { get; init; } = (_, _) => null;
}
