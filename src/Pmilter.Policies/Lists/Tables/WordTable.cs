using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Pmilter.Policies.Lists.Tables;

/// <summary>
/// Folded texts in one buffer, found through an open-addressed table of their hashes: two arrays, however many texts, and two places in
/// memory a look-up. A slot is the hash in its upper half and below it where the entry begins, plus one, so that a text that is not there costs no
/// look at the buffer. An entry is its note (4 bytes, the topmost bit a mark that it was found), its length (4 bytes) and the text.
/// </summary>
/// <param name="bytes">The entries, one behind the other.</param>
/// <param name="slots">A power of two, at least one of them empty.</param>
/// <param name="count">Entries.</param>
/// <param name="longest">Bytes of the longest text.</param>
internal sealed class WordTable(byte[] bytes, ulong[] slots, int count, int longest)
{
    /// <summary>Before each text.</summary>
    public const int HeadBytes = 8;

    private const int MarkedByte = 3;
    private const byte MarkBit = 0x80;

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
    public int NoteOf(int entry) => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(entry)) & int.MaxValue;

    /// <summary>True, marked. Beside the text that has just been compared, and written once until it is taken: it costs no other place in memory.</summary>
    public bool Mark(int entry)
    {
        ref var top = ref bytes[entry + MarkedByte];
        if ((top & MarkBit) == 0)
        {
            top |= MarkBit;
        }

        return true;
    }

    /// <summary>Whether it was marked since this was asked last.</summary>
    public bool TakeMark(int entry)
    {
        ref var top = ref bytes[entry + MarkedByte];
        var isMarked = (top & MarkBit) != 0;
        if (isMarked)
        {
            top &= MarkBit - 1;
        }

        return isMarked;
    }

    /// <summary>Where each entry is, in the order of lines.</summary>
    public IEnumerable<int> Entries()
    {
        for (var entry = 0; entry < bytes.Length; entry += HeadBytes + BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(entry + 4)))
        {
            yield return entry;
        }
    }

    /// <summary>Each with its line.</summary>
    public IEnumerable<ListedEntry> Listed() => Entries().Select(entry => new ListedEntry(TextOf(entry), NoteOf(entry)));

    /// <summary>Texts that were marked; they are not any more.</summary>
    public IEnumerable<string> TakeMarked() => Entries().Where(TakeMark).Select(TextOf);

    /// <summary>In lower case: what was written may have had others.</summary>
    public string TextOf(int entry) => Encoding.UTF8.GetString(TextAt(bytes, entry)).ToLowerInvariant();

    internal static uint HashOf(ReadOnlySpan<byte> text) => (uint)XxHash3.HashToUInt64(text);

    internal static ReadOnlySpan<byte> TextAt(byte[] bytes, int entry) => bytes.AsSpan(entry + HeadBytes, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(entry + 4)));
}
