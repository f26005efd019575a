namespace Pmilter.Policies.Mail.Headers;

/// <summary>The names of headers whose values are kept, ignoring case; <c>*</c> stands for all.</summary>
public sealed class WantedHeaders
{
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

    public bool Contains(string name) => _names.Count > 0 && (_names.Contains(name) || _names.Contains("*"));

    /// <summary>Whether not only the first field of that name is kept.</summary>
    public bool ContainsEvery(string name) => _every.Count > 0 && (_every.Contains(name) || _every.Contains("*"));
}
