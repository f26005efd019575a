using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pmilter.Protocol.Wire;

namespace Pmilter.Policies.Mail.Headers;

/// <summary>The headers of one message: all of them counted, by name where somebody asks, the wanted ones kept.</summary>
internal sealed class HeaderFacts
{
    /// <summary>Of different names, so many are counted, and those that rules read: mail has a hundred, and a million would take a hundred times their bytes.</summary>
    private const int MostNames = 10_000;

    private const int UsualNames = 16;

    private Dictionary<string, int>? _counts;
    private Dictionary<string, FieldValue>? _values;
    private List<(string Name, string Raw)>? _all;
    private Mailbox? _from;
    private Mailbox? _replyTo;
    private string? _to;

    public int Count { get; private set; }

    /// <summary>Bytes of all fields with their line ends.</summary>
    public double Bytes { get; private set; }

    /// <summary>Values were not kept, for they lie beyond the limit.</summary>
    public bool IsTruncated { get; private set; }

    public Mailbox From => _from ??= Mailbox.First(Raw("From"));

    public Mailbox ReplyTo => _replyTo ??= Mailbox.First(Raw("Reply-To"));

    /// <summary>The addresses of the first To, separated by a comma and a space.</summary>
    public string To => _to ??= Mailbox.Addresses(Raw("To"));

    /// <summary>The fields of which every one is wanted, in order, as sent.</summary>
    public IReadOnlyList<(string Name, string Raw)> All => _all is null ? [] : _all;

    /// <summary>The names seen, kept or not.</summary>
    public IReadOnlyCollection<string> Names => _counts is null ? [] : _counts.Keys;

    public int CountOf(string name) => _counts?.GetValueOrDefault(name) ?? 0;

    /// <summary>The first field of that name as sent; null when there is none or it was not kept.</summary>
    public string? RawOf(string name) => _values?.GetValueOrDefault(name).Raw;

    /// <summary>The first field of that name, unfolded and decoded; empty when there is none or it was not kept.</summary>
    public string Value(string name)
    {
        if (_values is null)
        {
            return string.Empty;
        }

        ref var value = ref CollectionsMarshal.GetValueRefOrNullRef(_values, name);
        return Unsafe.IsNullRef(ref value) ? string.Empty : value.Read ??= HeaderText.Read(value.Raw);
    }

    public void Add(string name, ReadOnlySpan<byte> value, WantedHeaders wanted, long limitBytes)
    {
        Pass(name.Length, value, limitBytes);
        if (wanted.CountsNames)
        {
            CountName(name, wanted);
        }

        if (IsTruncated || !wanted.Contains(name))
        {
            return;
        }

        var raw = MailText.Decode(value);
        (_values ??= new Dictionary<string, FieldValue>(StringComparer.OrdinalIgnoreCase)).TryAdd(name, new FieldValue { Raw = raw });
        if (wanted.ContainsEvery(name))
        {
            (_all ??= []).Add((name, raw));
        }
    }

    /// <summary>A field that nobody needs.</summary>
    public void Pass(int nameBytes, ReadOnlySpan<byte> value, long limitBytes)
    {
        Count++;
        // ": " and CRLF; a fold comes as LF alone and left as CRLF.
        Bytes += nameBytes + 4 + value.Length + value.Count((byte)'\n');
        IsTruncated |= Bytes > limitBytes;
    }

    private void CountName(string name, WantedHeaders wanted)
    {
        _counts ??= new Dictionary<string, int>(UsualNames, StringComparer.OrdinalIgnoreCase);
        if (_counts.Count < MostNames || _counts.ContainsKey(name) || wanted.Contains(name))
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, name, out _)++;
        }
    }

    private string Raw(string name) => RawOf(name) ?? string.Empty;

    /// <summary>A field as sent, and unfolded and decoded when somebody has asked.</summary>
    private struct FieldValue
    {
        public string Raw { get; init; }

        public string? Read { get; set; }
    }
}
