using System.Text;

namespace Pmilter.Policies.Mail.Headers;

/// <summary>The names of headers whose values are kept, ignoring case; <c>*</c> stands for all. And whether names are counted.</summary>
public sealed class WantedHeaders
{
    private const int LongestLookedUp = 64;

    private readonly HashSet<string> _names;
    private readonly HashSet<string> _every;

    /// <param name="names">Of these the first field is kept.</param>
    /// <param name="every">Of these every field.</param>
    public WantedHeaders(IEnumerable<string> names, IEnumerable<string> every)
    {
        _names = new HashSet<string>(names, StringComparer.OrdinalIgnoreCase);
        _every = new HashSet<string>(every, StringComparer.OrdinalIgnoreCase);
        _names.UnionWith(_every);
    }

    public static WantedHeaders None { get; } = new([], []);

    public static WantedHeaders All { get; } = new(["*"], ["*"]);

    /// <summary>Somebody asks how often names come, which ones or not at all: all of them are counted. Default: true.</summary>
    public bool CountsNames { get; init; } = true;

    public bool Contains(string name) => _names.Count > 0 && (_names.Contains(name) || _names.Contains("*"));

    /// <summary>Whether not only the first field of that name is kept.</summary>
    public bool ContainsEvery(string name) => _every.Count > 0 && (_every.Contains(name) || _every.Contains("*"));

    /// <summary>Whether a field of that name, as sent, is of use: others go by without becoming text.</summary>
    internal bool Needs(ReadOnlySpan<byte> name)
    {
        if (CountsNames || name.Length > LongestLookedUp || _names.Contains("*"))
        {
            return true;
        }

        Span<char> text = stackalloc char[LongestLookedUp];
        return _names.Count > 0 && _names.GetAlternateLookup<ReadOnlySpan<char>>().Contains(text[..Encoding.Latin1.GetChars(name, text)].Trim());
    }
}
