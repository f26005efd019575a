using System.Text;
using Pmilter.Protocol.Wire;

namespace Pmilter.Protocol.Sessions;

/// <summary>One stage's macros: name NUL value NUL, and the values that were asked for already.</summary>
internal sealed class MacroSlot
{
    private byte[] _bytes = [];
    private int _length;
    private Dictionary<string, string?>? _found;
    private bool _isWhole;

    /// <summary>All macros at once, for callers without a session; names without braces.</summary>
    public void StoreAll(Dictionary<string, string?> macros)
    {
        _found = macros;
        _isWhole = true;
    }

    public void Store(ReadOnlySpan<byte> list)
    {
        if (_isWhole)
        {
            _found = null;
            _isWhole = false;
        }

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
        _found?.Clear();
    }

    /// <summary>The value of a macro named without braces.</summary>
    public string? Find(string bareName)
    {
        if (_found?.TryGetValue(bareName, out var known) == true)
        {
            return known;
        }

        if (_length == 0 || _isWhole)
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

        (_found ??= new Dictionary<string, string?>(StringComparer.Ordinal))[bareName] = found;
        return found;
    }

    public void CopyTo(Dictionary<string, string> all)
    {
        foreach (var (name, value) in _isWhole && _found is not null ? _found : [])
        {
            all[name] = value ?? string.Empty;
        }

        var rest = _bytes.AsSpan(0, _length);
        while (TryTake(ref rest, out var name, out var value))
        {
            all[MailText.Decode(name)] = MailText.Decode(value);
        }
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
