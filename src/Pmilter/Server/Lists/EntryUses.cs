using System.Globalization;
using Pmilter.Policies.Lists;
using Pmilter.Policies.Lists.Files;

namespace Pmilter.Server.Lists;

/// <summary>
/// The entries of the lists in force, by the file that they stand in, or by the list's name where it is written in a policy. Lists beyond
/// <see cref="MostEntries"/>, and maps, are watched as wholes. Not safe for threads.
/// </summary>
internal sealed class EntryUses
{
    /// <summary>1.2 MB; longer lists are feeds, in which nobody tends single lines.</summary>
    public const int MostEntries = 100_000;

    /// <summary>Of an answer; the others are counted.</summary>
    private const int MostShown = 1000;

    private const char FileMark = '@';
    private static readonly DateTimeOffset FirstDay = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<string, WatchedEntries> _lists = new(StringComparer.Ordinal);

    public static ushort DayOf(DateTimeOffset time) => (ushort)Math.Clamp((time - FirstDay).Days, 1, ushort.MaxValue);

    public static DateTimeOffset DateOf(ushort day) => FirstDay.AddDays(day);

    /// <summary>True when anything is other than before.</summary>
    public bool Look(IEnumerable<NamedList> lists, DateTimeOffset now)
    {
        var hasChanged = false;
        foreach (var (key, content) in lists.Select(PlaceOf).Where(place => IsWatched(place.Content)))
        {
            if (!_lists.TryGetValue(key, out var watched))
            {
                _lists.Add(key, watched = new WatchedEntries());
            }

            hasChanged |= watched.Look(content, DayOf(now));
        }

        return hasChanged;
    }

    /// <summary>What was not of use since; null for a list that is watched as a whole.</summary>
    public UnusedEntries? Unused(NamedList list, DateTimeOffset before)
    {
        var (key, content) = PlaceOf(list);
        if (!IsWatched(content) || !_lists.TryGetValue(key, out var watched))
        {
            return null;
        }

        // A day that is over: what was seen in its last minute is as old as was asked for, too.
        var cut = DayOf(before);
        var unused = new List<UnusedEntry>();
        var (count, young, youngest) = (0, 0, ushort.MaxValue);
        foreach (var entry in content.Entries)
        {
            var (since, last) = watched.Find(entry.Text) ?? (ushort.MaxValue, (ushort)0);
            if (Math.Max(since, last) < cut)
            {
                count++;
                if (unused.Count < MostShown)
                {
                    unused.Add(new UnusedEntry(entry.Text, entry.Line, DateOf(since), last == 0 ? null : DateOf(last)));
                }
            }
            else if (last == 0)
            {
                (young, youngest) = (young + 1, Math.Min(youngest, since));
            }
        }

        return new UnusedEntries(unused, count, young, young == 0 || youngest == ushort.MaxValue ? null : DateOf(youngest));
    }

    /// <summary>Lines of <see cref="Write"/>; those of lists that are no longer in force are left out.</summary>
    /// <exception cref="FormatException">A line is none of ours.</exception>
    public void Read(IEnumerable<string> lines, IReadOnlyList<NamedList> lists)
    {
        var inForce = lists.Select(list => PlaceOf(list).Key).ToHashSet(StringComparer.Ordinal);
        var rows = new Dictionary<string, List<(ulong, ushort, ushort)>>(StringComparer.Ordinal);
        List<(ulong, ushort, ushort)>? current = null;
        foreach (var line in lines)
        {
            if (line.StartsWith(FileMark))
            {
                rows[line[1..]] = current = [];
                continue;
            }

            var parts = line.Split(' ');
            if (current is null || parts.Length != 3)
            {
                throw new FormatException($"'{line}' is no entry.");
            }

            current.Add((
                ulong.Parse(parts[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                ushort.Parse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture),
                ushort.Parse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture)));
        }

        foreach (var (key, list) in rows.Where(row => inForce.Contains(row.Key)))
        {
            _lists[key] = WatchedEntries.Of(list);
        }
    }

    /// <summary><c>@policies/lists/partners.txt</c>, and below it a line an entry: hash, first day, last day or 0.</summary>
    public void Write(TextWriter to)
    {
        foreach (var (key, watched) in _lists.OrderBy(list => list.Key, StringComparer.Ordinal))
        {
            to.Write($"{FileMark}{key.ReplaceLineEndings(" ")}\n");
            foreach (var (hash, since, last) in watched.All)
            {
                to.Write(string.Create(CultureInfo.InvariantCulture, $"{hash:x16} {since} {last}\n"));
            }
        }
    }

    private static (string Key, MailList Content) PlaceOf(NamedList list) =>
        list.List is FileList { Current: var current } ? (current.Path, current.Content) : (list.Name, list.List);

    private static bool IsWatched(MailList content) => content.Type != ListType.Map && content.Count <= MostEntries;
}

/// <summary>Entries of a list that were not of use for so long.</summary>
/// <param name="Entries">The first of them.</param>
/// <param name="Count">All.</param>
/// <param name="Young">Entries without a hit that are watched for less than that.</param>
/// <param name="YoungSince">Since when the first of those.</param>
internal sealed record UnusedEntries(IReadOnlyList<UnusedEntry> Entries, int Count, int Young, DateTimeOffset? YoungSince);

/// <param name="Line">In the list's file; 0 where it is written in the policy.</param>
/// <param name="Since">Since when its use is noted.</param>
/// <param name="LastHit">Null: never since.</param>
internal sealed record UnusedEntry(string Entry, int Line, DateTimeOffset Since, DateTimeOffset? LastHit);
