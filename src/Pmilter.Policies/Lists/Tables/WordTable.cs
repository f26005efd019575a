using System.IO.Hashing;
using System.Text;

namespace Pmilter.Policies.Lists.Tables;

/// <summary>
/// Folded texts in one buffer, found through an open-addressed table of their hashes: four arrays, however many texts. A slot is the
/// hash in its upper half and the entry's number plus one below, so that a text that is not there costs no look at the buffer.
/// </summary>
internal sealed class WordTable
{
    private readonly byte[] _bytes;
    private readonly int[] _ends;
    private readonly int[] _lines;
    private readonly ulong[] _slots;
    private readonly int _longest;

    /// <param name="bytes">The texts, one behind the other.</param>
    /// <param name="ends">Where each ends.</param>
    /// <param name="lines">The line of each in its file, 0 for none.</param>
    /// <param name="slots">A power of two, at least one of them empty.</param>
    /// <param name="longest">Bytes of the longest text.</param>
    public WordTable(byte[] bytes, int[] ends, int[] lines, ulong[] slots, int longest)
    {
        _bytes = bytes;
        _ends = ends;
        _lines = lines;
        _slots = slots;
        _longest = longest;
    }

    public int Count => _ends.Length;

    /// <summary>Bytes of the longest entry: nothing longer can be a member.</summary>
    public int Longest => _longest;

    /// <summary>The entry's number; -1 when there is none.</summary>
    public int Find(ReadOnlySpan<byte> text)
    {
        if (text.Length > _longest)
        {
            return -1;
        }

        var hash = HashOf(text);
        var mask = _slots.Length - 1;
        for (var at = (int)hash & mask; _slots[at] != 0; at = (at + 1) & mask)
        {
            var slot = _slots[at];
            if ((uint)(slot >> 32) == hash && Of(_bytes, _ends, (int)(uint)slot - 1).SequenceEqual(text))
            {
                return (int)(uint)slot - 1;
            }
        }

        return -1;
    }

    public int LineOf(int entry) => _lines[entry];

    /// <summary>In lower case: what was written may have had others.</summary>
    public string TextOf(int entry) => Encoding.UTF8.GetString(Of(_bytes, _ends, entry)).ToLowerInvariant();

    internal static uint HashOf(ReadOnlySpan<byte> text) => (uint)XxHash3.HashToUInt64(text);

    internal static ReadOnlySpan<byte> Of(byte[] bytes, int[] ends, int entry)
    {
        var start = entry == 0 ? 0 : ends[entry - 1];
        return bytes.AsSpan(start, ends[entry] - start);
    }
}
