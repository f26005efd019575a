using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Pmilter.Policies.Lists.Tables;

/// <summary>
/// Folded texts in one buffer, found through an open-addressed table of their hashes: two arrays, however many texts, and two places in
/// memory a look-up. A slot is the hash in its upper half and below it where the entry begins, plus one, so that a text that is not there costs no
/// look at the buffer. An entry is its note (4 bytes), its length (4 bytes) and the text.
/// </summary>
/// <param name="bytes">The entries, one behind the other.</param>
/// <param name="slots">A power of two, at least one of them empty.</param>
/// <param name="count">Entries.</param>
/// <param name="longest">Bytes of the longest text.</param>
internal sealed class WordTable(byte[] bytes, ulong[] slots, int count, int longest)
{
    /// <summary>Before each text.</summary>
    public const int HeadBytes = 8;

    public int Count => count;

    /// <summary>Bytes of the longest entry: nothing longer can be a member.</summary>
    public int Longest => longest;

    /// <summary>Where the entry is; -1 when there is none.</summary>
    public int Find(ReadOnlySpan<byte> text)
    {
        if (text.Length > longest)
        {
            return -1;
        }

        var hash = HashOf(text);
        var mask = slots.Length - 1;
        for (var at = (int)hash & mask; slots[at] != 0; at = (at + 1) & mask)
        {
            var slot = slots[at];
            if ((uint)(slot >> 32) == hash && TextAt(bytes, (int)(uint)slot - 1).SequenceEqual(text))
            {
                return (int)(uint)slot - 1;
            }
        }

        return -1;
    }

    /// <summary>What was noted with it: its line in the file, 0 for none; of a map its row.</summary>
    public int NoteOf(int entry) => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(entry));

    /// <summary>In lower case: what was written may have had others.</summary>
    public string TextOf(int entry) => Encoding.UTF8.GetString(TextAt(bytes, entry)).ToLowerInvariant();

    internal static uint HashOf(ReadOnlySpan<byte> text) => (uint)XxHash3.HashToUInt64(text);

    internal static ReadOnlySpan<byte> TextAt(byte[] bytes, int entry) => bytes.AsSpan(entry + HeadBytes, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(entry + 4)));
}
