using System.IO.Hashing;
using System.Text;
using Pmilter.Policies.Lists;

namespace Pmilter.Server.Lists;

/// <summary>
/// When each entry of a list was first seen, and when something was last found by it, to the day: twelve bytes an entry. Entries are told
/// apart by a hash of their text, so that a list that is read again, sorted otherwise or grown keeps what is known of those that stay.
/// </summary>
internal sealed class WatchedEntries
{
    private ulong[] _hashes = [];
    private ushort[] _since = [];
    private ushort[] _last = [];
    private MailList? _content;

    public IEnumerable<(ulong Hash, ushort Since, ushort Last)> All => _hashes.Select((hash, i) => (hash, _since[i], _last[i]));

    public int Count => _hashes.Length;

    /// <param name="rows">In any order.</param>
    public static WatchedEntries Of(IEnumerable<(ulong Hash, ushort Since, ushort Last)> rows)
    {
        var sorted = rows.DistinctBy(row => row.Hash).OrderBy(row => row.Hash).ToArray();
        return new WatchedEntries
        {
            _hashes = [.. sorted.Select(row => row.Hash)],
            _since = [.. sorted.Select(row => row.Since)],
            _last = [.. sorted.Select(row => row.Last)],
        };
    }

    /// <summary>Takes over what the list has found since the last look; true when anything is other than before.</summary>
    public bool Look(MailList content, ushort today)
    {
        var hasChanged = false;
        if (!ReferenceEquals(content, _content))
        {
            hasChanged = _content is { } before && Take(before, today);
            hasChanged |= Merge(content, today);
            _content = content;
        }

        return Take(content, today) || hasChanged;
    }

    /// <summary>Days of an entry's first look and last hit; null when it is not watched yet.</summary>
    public (ushort Since, ushort Last)? Find(string text) =>
        Array.BinarySearch(_hashes, HashOf(text)) is >= 0 and var at ? (_since[at], _last[at]) : null;

    private static ulong HashOf(string text) => XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(text));

    private bool Take(MailList content, ushort today)
    {
        var hasChanged = false;
        foreach (var text in content.TakeFound())
        {
            if (Array.BinarySearch(_hashes, HashOf(text)) is >= 0 and var at && _last[at] != today)
            {
                _last[at] = today;
                hasChanged = true;
            }
        }

        return hasChanged;
    }

    private bool Merge(MailList content, ushort today)
    {
        ulong[] hashes = [.. content.Entries.Select(entry => HashOf(entry.Text)).Distinct().Order()];
        var since = new ushort[hashes.Length];
        var last = new ushort[hashes.Length];
        for (var i = 0; i < hashes.Length; i++)
        {
            var known = Array.BinarySearch(_hashes, hashes[i]);
            (since[i], last[i]) = known >= 0 ? (_since[known], _last[known]) : (today, (ushort)0);
        }

        var isSame = hashes.AsSpan().SequenceEqual(_hashes);
        (_hashes, _since, _last) = (hashes, since, last);
        return !isSame;
    }
}
