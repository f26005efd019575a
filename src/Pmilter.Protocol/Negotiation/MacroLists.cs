using System.Collections.ObjectModel;

namespace Pmilter.Protocol.Negotiation;

/// <summary>
/// The tail of the negotiation that chooses macros. A list replaces the MTA's own, so the defaults of both MTAs go with what is
/// wanted: <c>j</c> and <c>v</c> would vanish otherwise.
/// </summary>
internal static class MacroLists
{
    /// <summary>Sendmail keeps 50 names a stage and says nothing about the rest.</summary>
    public const int MaxNames = 50;

    public static readonly IReadOnlyDictionary<MacroStage, string> None = ReadOnlyDictionary<MacroStage, string>.Empty;

    public static IReadOnlyDictionary<MacroStage, string> For(IReadOnlyDictionary<MacroStage, IReadOnlyList<string>> wanted)
    {
        if (wanted.Count == 0)
        {
            return None;
        }

        var lists = new SortedDictionary<MacroStage, string>();
        foreach (var (stage, names) in wanted)
        {
            lists[stage] = List(stage, names);
        }

        // Sendmail picks the end-of-message list by the end-of-headers flag (milter_data): both or neither.
        if (lists.ContainsKey(MacroStage.EndOfHeaders) || lists.ContainsKey(MacroStage.EndOfMessage))
        {
            lists.TryAdd(MacroStage.EndOfHeaders, List(MacroStage.EndOfHeaders, []));
            lists.TryAdd(MacroStage.EndOfMessage, List(MacroStage.EndOfMessage, []));
        }

        return lists;
    }

    /// <summary>One letter bare, longer names in braces.</summary>
    public static string Written(string name)
    {
        var bare = name is ['{', .., '}'] ? name[1..^1] : name;
        return bare.Length == 1 ? bare : $"{{{bare}}}";
    }

    private static string List(MacroStage stage, IReadOnlyList<string> names)
    {
        var wanted = names.Select(Written).Distinct(StringComparer.Ordinal).Take(MaxNames).ToList();
        var defaults = DefaultMacros.Both(stage).Except(wanted, StringComparer.Ordinal).Take(MaxNames - wanted.Count);
        return string.Join(' ', defaults.Concat(wanted));
    }
}
