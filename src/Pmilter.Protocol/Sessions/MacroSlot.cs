using System.Text;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Sessions;

/// <summary>One stage's macros: name NUL value NUL, and the values that were asked for already.</summary>
internal sealed class MacroSlot
{
    private const int MostKept = 16;

    private byte[] _bytes = [];
    private int _length;
    private (string Name, string? Value)[] _found = [];
    private int _foundCount;
    private Dictionary<string, string?>? _whole;

    /// <summary>All macros at once, for callers without a session; names without braces.</summary>
    public void StoreAll(Dictionary<string, string?> macros)
    {
        _whole = macros;
    }

    public void Store(ReadOnlySpan<byte> list)
    {
        _whole = null;
        if (list.SequenceEqual(_bytes.AsSpan(0, _length)))
        {
            return;
        }

        if (list.Length > _bytes.Length)
        {
            _bytes = new byte[list.Length];
        }

        list.CopyTo(_bytes);
        _length = list.Length;
        _foundCount = 0;
    }

    /// <summary>The value of a macro named without braces.</summary>
    public string? Find(string bareName)
    {
        if (_whole is not null)
        {
            return _whole.GetValueOrDefault(bareName);
        }

        for (var i = 0; i < _foundCount; i++)
        {
            if (_found[i].Name == bareName)
            {
                return _found[i].Value;
            }
        }

        if (_length == 0)
        {
            return null;
        }

        string? found = null;
        var rest = _bytes.AsSpan(0, _length);
        while (TryTake(ref rest, out var name, out var value))
        {
            if (Ascii.Equals(name, bareName))
            {
                found = MailText.Decode(value);
                break;
            }
        }

        Keep(bareName, found);
        return found;
    }

    public void CopyTo(Dictionary<string, string> all)
    {
        foreach (var (name, value) in _whole ?? [])
        {
            all[name] = value ?? string.Empty;
        }

        var rest = _bytes.AsSpan(0, _length);
        while (TryTake(ref rest, out var name, out var value))
        {
            all[MailText.Decode(name)] = MailText.Decode(value);
        }
    }

    /// <summary>Few names are asked for, the same again and again; of more than that the bytes are searched each time.</summary>
    private void Keep(string name, string? value)
    {
        if (_foundCount == MostKept)
        {
            return;
        }

        if (_foundCount == _found.Length)
        {
            Array.Resize(ref _found, Math.Max(4, _foundCount * 2));
        }

        _found[_foundCount++] = (name, value);
    }

    /// <summary>Takes a pair; a name without a value, at the end of an odd list, is no pair.</summary>
    private static bool TryTake(ref Span<byte> rest, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = TakeString(ref rest);
        if (rest.IsEmpty)
        {
            value = default;
            return false;
        }

        value = TakeString(ref rest);
        if (name is [(byte)'{', .., (byte)'}'])
        {
            name = name[1..^1];
        }

        return true;
    }

    private static ReadOnlySpan<byte> TakeString(ref Span<byte> rest)
    {
        var end = rest.IndexOf((byte)0);
        ReadOnlySpan<byte> text = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return text;
    }
}
