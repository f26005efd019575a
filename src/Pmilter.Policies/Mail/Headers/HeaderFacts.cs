using Pmilter.Protocol.Wire;

namespace Pmilter.Policies.Mail.Headers;

/// <summary>The headers of one message: all of them counted, the wanted ones kept.</summary>
internal sealed class HeaderFacts
{
    /// <summary>Of different names, so many are counted, and those that rules read: mail has a hundred, and a million would take a hundred times their bytes.</summary>
    private const int MostNames = 10_000;

    private readonly Dictionary<string, int> _counts = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _raw = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _read = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Name, string Raw)> _all = [];
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
    public IReadOnlyList<(string Name, string Raw)> All => _all;

    /// <summary>The names seen, kept or not.</summary>
    public IReadOnlyCollection<string> Names => _counts.Keys;

    public int CountOf(string name) => _counts.GetValueOrDefault(name);

    /// <summary>The first field of that name as sent; null when there is none or it was not kept.</summary>
    public string? RawOf(string name) => _raw.GetValueOrDefault(name);

    /// <summary>The first field of that name, unfolded and decoded; empty when there is none or it was not kept.</summary>
    public string Value(string name)
    {
        if (_read.TryGetValue(name, out var value))
        {
            return value;
        }

        if (!_raw.TryGetValue(name, out var raw))
        {
            return string.Empty;
        }

        value = HeaderText.Read(raw);
        _read.Add(name, value);
        return value;
    }

    public void Add(string name, ReadOnlySpan<byte> value, WantedHeaders wanted, long limitBytes)
    {
        Count++;
        // ": " and CRLF; a fold comes as LF alone and left as CRLF.
        Bytes += name.Length + 4 + value.Length + value.Count((byte)'\n');
        if (_counts.Count < MostNames || _counts.ContainsKey(name) || wanted.Contains(name))
        {
            _counts[name] = _counts.GetValueOrDefault(name) + 1;
        }

        if (Bytes > limitBytes)
        {
            IsTruncated = true;
            return;
        }

        if (!wanted.Contains(name))
        {
            return;
        }

        var raw = MailText.Decode(value);
        _raw.TryAdd(name, raw);
        if (wanted.ContainsEvery(name))
        {
            _all.Add((name, raw));
        }
    }

    private string Raw(string name) => _raw.GetValueOrDefault(name) ?? string.Empty;
}
