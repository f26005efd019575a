namespace Pmilter.Policies.Lists.Tables;

/// <summary>Collects the texts of a <see cref="WordTable"/>; a text that is there already is told from a new one.</summary>
internal sealed class WordTableBuilder
{
    private byte[] _bytes = new byte[256];
    private int[] _ends = new int[16];
    private int[] _lines = new int[16];
    private ulong[] _slots = new ulong[32];
    private int _count;
    private int _longest;

    private int Used => _count == 0 ? 0 : _ends[_count - 1];

    /// <summary>Its number, and whether it is new.</summary>
    public (int Entry, bool IsNew) Add(ReadOnlySpan<char> text, int line)
    {
        Span<byte> scratch = stackalloc byte[FoldedText.ScratchBytes];
        return Add(FoldedText.Of(text, scratch), line);
    }

    public WordTable Build() => new(_bytes[..Used], _ends[.._count], _lines[.._count], _slots, _longest);

    private (int Entry, bool IsNew) Add(ReadOnlySpan<byte> text, int line)
    {
        var hash = WordTable.HashOf(text);
        var mask = _slots.Length - 1;
        var at = (int)hash & mask;
        for (; _slots[at] != 0; at = (at + 1) & mask)
        {
            var known = (int)(uint)_slots[at] - 1;
            if ((uint)(_slots[at] >> 32) == hash && WordTable.Of(_bytes, _ends, known).SequenceEqual(text))
            {
                return (known, false);
            }
        }

        _slots[at] = ((ulong)hash << 32) | (uint)(_count + 1);
        Append(text, line);
        if (_count * 3L > _slots.Length * 2L)
        {
            Spread();
        }

        return (_count - 1, true);
    }

    private void Append(ReadOnlySpan<byte> text, int line)
    {
        var used = Used;
        if (used + text.Length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, used + text.Length));
        }

        if (_count == _ends.Length)
        {
            Array.Resize(ref _ends, _count * 2);
            Array.Resize(ref _lines, _count * 2);
        }

        text.CopyTo(_bytes.AsSpan(used));
        _ends[_count] = used + text.Length;
        _lines[_count] = line;
        _count++;
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
