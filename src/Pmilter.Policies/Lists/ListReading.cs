using Pmilter.Policies.Lists.Files;

namespace Pmilter.Policies.Lists;

/// <summary>How list contents are read, and what they are compared with.</summary>
public sealed record ListReading
{
    /// <summary>Lines whose <c>until</c> is past are left out. Default: none is.</summary>
    public DateTimeOffset Now { get; init; } = DateTimeOffset.MinValue;

    /// <summary>What a test puts in the place of a list's items, by the list's name; null for what is written.</summary>
    public Func<string, Syntax.YamlNode?> Replacement { get; init; } = _ => null;

    /// <summary>Entries that a list of that name in that policy file had before, for <c>max_shrink</c>; null when it is new.</summary>
    public Func<string, string, int?> PreviousCount { get; init; } = (_, _) => null;

    /// <summary>What was read of a file (its path as shown) as that type before and is in force; null when nothing was.</summary>
    public Func<string, ListType, LoadedList?> InForce { get; init; } = (_, _) => null;

    /// <summary>The copy that was laid aside when the file was last good, for a process that has just begun; null when there is none.</summary>
    public Func<string, ListType, ListCopy?> Copy { get; init; } = (_, _) => null;

    /// <summary>Told of each list whose file is not good and that has a good one to go on with; without one the mistakes are the policy's.</summary>
    public Action<KeptList>? Kept { get; init; }

    /// <summary>Whether the <c>why=</c> of lines is kept, for explanations. Default: no.</summary>
    public bool KeepsReasons { get; init; }
}

/// <summary>A list file as it was when it was good.</summary>
/// <param name="Count">Entries that it had.</param>
/// <param name="File">It itself.</param>
public sealed record ListCopy(int Count, ListFile File);
