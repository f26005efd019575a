using Pmilter.Policies.Lists.Files;
using Pmilter.Server;
using Pmilter.Server.Lists;

namespace Pmilter.Admin;

/// <summary>The lists of the policies in force, and when they were last of use.</summary>
internal sealed class ListsDesk(PolicyHost policies, ListUses uses)
{
    /// <param name="before">With the entries that were not of use since then; null: without entries.</param>
    public ListsAnswer Read(DateTimeOffset? before)
    {
        var lists = policies.Current.NamedLists.ToDictionary(list => list.Name, StringComparer.Ordinal);
        return new ListsAnswer([.. uses.Read().Where(use => lists.ContainsKey(use.Name)).Select(use => new ListLine(
            use.Name,
            lists[use.Name].List.Type.ToString().ToLowerInvariant(),
            lists[use.Name].List.Count,
            (lists[use.Name].List as FileList)?.Current.Path ?? string.Empty,
            use.Use.Since,
            use.Use.LastHit)
        {
            Unused = before is { } cut ? uses.Unused(lists[use.Name], cut) : null,
        })]);
    }
}

/// <summary>Lists by name.</summary>
internal sealed record ListsAnswer(IReadOnlyList<ListLine> Lists);

/// <param name="Name"><c>policy/list</c>.</param>
/// <param name="Path">Of its file; empty where it is written in the policy.</param>
/// <param name="Since">Since when its use is noted.</param>
/// <param name="LastHit">Null: never since.</param>
internal sealed record ListLine(string Name, string Type, int Entries, string Path, DateTimeOffset Since, DateTimeOffset? LastHit)
{
    /// <summary>Null where entries were not asked for, or the list is watched as a whole.</summary>
    public UnusedEntries? Unused { get; init; }
}
