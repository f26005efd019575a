using System.Buffers.Binary;

namespace Pmilter.Policies.Lists.Tables;

/// <summary>Collects the texts of a <see cref="WordTable"/>; a text that is there already is told from a new one.</summary>
internal sealed class WordTableBuilder
{
    private byte[] _bytes = new byte[256];
    private ulong[] _slots = new ulong[32];
    private int _used;
    private int _longest;

    public int Count { get; private set; }

    /// <summary>False when the text is there already; its note stays.</summary>
    public bool Add(ReadOnlySpan<char> text, int note)
    {
        Span<byte> scratch = stackalloc byte[FoldedText.ScratchBytes];
        return Add(FoldedText.Of(text, scratch), note);
    }

    public WordTable Build() => new(_bytes[.._used], _slots, Count, _longest);

    private bool Add(ReadOnlySpan<byte> text, int note)
    {
        var hash = WordTable.HashOf(text);
        var mask = _slots.Length - 1;
        var at = (int)hash & mask;
        for (; _slots[at] != 0; at = (at + 1) & mask)
        {
            if ((uint)(_slots[at] >> 32) == hash && WordTable.TextAt(_bytes, (int)(uint)_slots[at] - 1).SequenceEqual(text))
            {
                return false;
            }
        }

        _slots[at] = ((ulong)hash << 32) | (uint)(_used + 1);
        Append(text, note);
        if (Count * 3L > _slots.Length * 2L)
        {
            Spread();
        }

        return true;
    }

    private void Append(ReadOnlySpan<byte> text, int note)
    {
        var end = checked(_used + WordTable.HeadBytes + text.Length);
        if (end > _bytes.Length)
        {
            Array.Resize(ref _bytes, (int)Math.Min(Math.Max(_bytes.Length * 2L, end), Array.MaxLength));
        }

        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(_used), note);
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(_used + 4), text.Length);
        text.CopyTo(_bytes.AsSpan(_used + WordTable.HeadBytes));
        _used = end;
        Count++;
        _longest = Math.Max(_longest, text.Length);
    }

    /// <summary>A slot carries its hash: no text is read again.</summary>
    private void Spread()
    {
        var wider = new ulong[_slots.Length * 2];
        var mask = wider.Length - 1;
        foreach (var slot in _slots)
        {
            if (slot == 0)
            {
                continue;
            }

            var at = (int)(uint)(slot >> 32) & mask;
            while (wider[at] != 0)
            {
                at = (at + 1) & mask;
            }

            wider[at] = slot;
        }

        _slots = wider;
    }
}
